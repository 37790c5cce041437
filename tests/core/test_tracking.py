"""Geometry, smoothing, tracking and moods: numbers worked by hand."""

import math

import numpy as np
import pytest

from webapp.core.affect import update_mood
from webapp.core.geometry import Box, iou
from webapp.core.label_state import Hysteresis, LabelState, LabelThresholds, smooth, update_label
from webapp.core.tracking import FaceTracks, read_track, update_primary_face, update_tracks

HYSTERESIS = Hysteresis(sure_from=0.5, unsure_below=0.4, margin=0.1)
THRESHOLDS = LabelThresholds(("sad", "happy"), min_confidence=0.5, smoothing_s=0.5, settle_s=1.5)


def test_overlap_is_intersection_over_union():
    assert iou(Box(0, 0, 10, 10), Box(5, 0, 10, 10)) == pytest.approx(50 / 150)
    assert iou(Box(0, 0, 10, 10), Box(10, 0, 10, 10)) == 0.0
    assert iou(Box(1, 2, 3, 4), Box(1, 2, 3, 4)) == pytest.approx(1.0)


def test_relative_box_is_cut_to_the_image():
    assert Box(64, 48, 128, 96).relative(640, 480) == pytest.approx((0.1, 0.1, 0.2, 0.2))
    assert Box(-64, -48, 128, 96).relative(640, 480) == pytest.approx((0, 0, 0.1, 0.1))
    assert Box(600, 470, 100, 100).relative(640, 480) == pytest.approx((0.9375, 470 / 480, 0.0625, 10 / 480))


@pytest.mark.parametrize("fps", [5, 30])
def test_smoothing_speed_does_not_depend_on_the_frame_rate(fps):
    state, target = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    for _ in range(fps):  # one second after a sudden change
        state = smooth(state, target, dt_s=1 / fps, tau_s=1.0)
    assert state == pytest.approx([math.exp(-1), 1 - math.exp(-1)])


def test_smoothing_refuses_impossible_times():
    with pytest.raises(ValueError, match="Received: dt_s=0"):
        smooth(None, np.array([1.0]), dt_s=0, tau_s=1)


def step(tracks, boxes, now_s, probs=None, size=(640, 480)):
    probs = np.full((len(boxes), 2), 0.5) if probs is None else np.array(probs, float)
    return update_tracks(tracks, boxes, probs, size=size, now_s=now_s, thresholds=THRESHOLDS)


def test_a_face_keeps_its_number_when_the_page_sends_smaller_frames():
    large = step(FaceTracks(), [Box(400, 300, 100, 100)], 0.0)
    small = step(large, [Box(200, 150, 50, 50)], 0.1, size=(320, 240))
    assert [(track.id, track.box) for track in small.known] == [(1, Box(200, 150, 50, 50))]
    read = read_track(small.known[0], small, THRESHOLDS, is_primary=True)
    assert read.box == pytest.approx((0.625, 0.625, 0.1562, 0.2083))
    assert len(step(large, [Box(200, 150, 50, 50)], 0.1).known) == 2


LEFT, RIGHT = Box(0, 0, 100, 100), Box(300, 0, 80, 80)
LARGE = Box(300, 0, 150, 150)


def film(*frames):
    """Feeds `(time, boxes)` pairs and returns the state after the last."""
    tracks = FaceTracks()
    for now_s, boxes in frames:
        tracks = step(tracks, boxes, now_s)
    return tracks


def ids(tracks):
    """Of the faces seen last, in their order."""
    return [track.id for track in tracks.known if track.seen_s == tracks.at_s]


def shown(tracks):
    return [track.id for track in tracks.shown]


def test_a_moving_face_keeps_its_id():
    tracks = FaceTracks()
    for frame in range(10):
        tracks = step(tracks, [Box(frame * 20, 0, 100, 100)], frame * 0.05)
    assert ids(tracks) == [1]


def test_two_faces_keep_their_ids_when_their_order_changes():
    tracks = step(FaceTracks(), [LEFT, RIGHT], 0.0)
    assert ids(step(tracks, [Box(300, 0, 120, 120), LEFT], 0.05)) == [2, 1]


def test_a_face_that_was_hidden_for_a_moment_comes_back_as_itself():
    tracks = step(step(FaceTracks(), [LEFT], 0.0), [], 0.5)
    assert ids(step(tracks, [LEFT], 0.9)) == [1]


def test_a_face_that_was_gone_for_long_is_a_new_one():
    tracks = step(step(FaceTracks(), [LEFT], 0.0), [], 0.5)
    assert ids(step(tracks, [LEFT], 2.9)) == [1]
    assert ids(step(tracks, [LEFT], 3.1)) == [2]


def test_the_first_faces_show_at_once_largest_first():
    assert shown(film((0, [LEFT]))) == [1]
    assert shown(film((0, [LEFT, LARGE]))) == [2, 1]


def test_a_face_beside_others_shows_once_it_has_lasted():
    # Presence after 230 ms in view: 1 - exp(-230 / 250) = 0.60.
    frames = [(0, [LEFT]), (0.05, [LEFT, RIGHT]), (0.27, [LEFT, RIGHT])]
    assert shown(film(*frames)) == [1]
    assert shown(film(*frames, (0.29, [LEFT, RIGHT]))) == [1, 2]


def test_a_large_phantom_that_comes_and_goes_never_shows():
    frames = [(0, [LEFT])]
    for number in range(60):  # two frames in five, the worst that the portrait's helmet does
        boxes = [LARGE, LEFT] if number % 5 < 2 else [LEFT]
        frames.append((0.05 * (number + 1), boxes))
        assert shown(film(*frames)) == [1]


def test_a_phantom_in_the_first_picture_is_gone_soon_and_for_good():
    tracks, counts = FaceTracks(), []
    for number in range(60):
        tracks = step(tracks, [LARGE, LEFT] if number % 5 == 0 else [LEFT], 0.05 * number)
        counts.append(len(tracks.shown))
    assert counts[0] == 2
    assert set(counts[12:]) == {1}


def test_on_a_slow_connection_the_second_sight_of_a_face_is_enough():
    assert shown(film((0, [LEFT]), (0.9, [LEFT, RIGHT]))) == [1]
    assert shown(film((0, [LEFT]), (0.9, [LEFT, RIGHT]), (1.8, [LEFT, RIGHT]))) == [1, 2]


def test_a_face_that_is_missed_for_a_moment_keeps_its_place_then_goes():
    (track,) = film((0, [LEFT]), (0.29, [])).shown  # hit rate exp(-290 / 250) = 0.31
    assert track.box == LEFT
    assert shown(film((0, [LEFT]), (0.29, []), (0.31, []))) == []


def test_a_face_that_comes_back_elsewhere_leaves_no_ghost():
    assert shown(film((0, [LEFT]), (0.05, [RIGHT]))) == [2]


def test_when_everybody_has_gone_whoever_comes_shows_at_once():
    assert shown(film((0, [LEFT, RIGHT]), (0.4, [Box(100, 300, 90, 90)]))) == [3]


def test_a_face_elsewhere_is_a_new_one():
    assert ids(step(step(FaceTracks(), [LEFT], 0.0), [RIGHT], 0.05)) == [2]


def test_each_face_is_smoothed_by_itself():
    tracks = step(FaceTracks(), [LEFT, RIGHT], 0.0, [[1, 0], [0, 1]])
    tracks = step(tracks, [LEFT, RIGHT], 0.5, [[0, 1], [0, 1]])
    assert tracks.known[0].probs == pytest.approx([math.exp(-1), 1 - math.exp(-1)])
    assert tracks.known[1].probs == pytest.approx([0, 1])


@pytest.mark.parametrize(
    ("before", "probs", "after"),
    [
        (None, [0.5, 0.3, 0.2], LabelState(0, True)),
        (None, [0.49, 0.31, 0.2], LabelState(0, False)),
        (LabelState(0, True), [0.41, 0.3, 0.29], LabelState(0, True)),  # between the thresholds: stays sure
        (LabelState(0, False), [0.49, 0.3, 0.21], LabelState(0, False)),  # and stays unsure
        (LabelState(0, True), [0.39, 0.31, 0.3], LabelState(0, False)),
        (LabelState(0, True), [0.42, 0.5, 0.08], LabelState(0, True)),  # ahead, but not by enough
        (LabelState(0, True), [0.38, 0.5, 0.12], LabelState(1, True)),
        (LabelState(0, True), [0.33, 0.46, 0.21], LabelState(1, False)),  # a new label must be sure by itself
    ],
)
def test_a_label_changes_only_with_a_lead_and_doubt_has_two_borders(before, probs, after):
    assert update_label(before, np.array(probs), HYSTERESIS) == after


def test_an_impossible_rule_is_refused():
    with pytest.raises(ValueError, match="unsure_below=0.6"):
        Hysteresis(sure_from=0.5, unsure_below=0.6, margin=0.1)
    with pytest.raises(ValueError, match="margin=1"):
        Hysteresis(sure_from=0.5, unsure_below=0.4, margin=1)


def test_two_faces_of_one_size_do_not_take_turns_as_the_one_that_is_read():
    focus = None
    for number in range(20):
        focus = update_primary_face(focus, [2, 1] if number % 2 else [1, 2], now_s=0.1 * number)
        assert focus.id == 1


def test_a_face_that_stays_the_largest_is_read_after_a_while():
    focus = update_primary_face(None, [1, 2], now_s=0.0)
    focus = update_primary_face(focus, [2, 1], now_s=1.0)
    assert update_primary_face(focus, [2, 1], now_s=1.59).id == 1
    assert update_primary_face(focus, [2, 1], now_s=1.61).id == 2


def test_when_the_face_that_was_read_has_gone_the_largest_is_read():
    focus = update_primary_face(None, [1, 2], now_s=0.0)
    assert update_primary_face(focus, [2], now_s=0.1).id == 2
    assert update_primary_face(focus, [], now_s=0.1) is None


def test_a_mood_settles_when_it_lasts_and_starts_again_when_it_changes():
    mood = update_mood(None, "happy", now_s=10.0)
    mood = update_mood(mood, "happy", now_s=11.0)
    assert not mood.settled(11.4, settle_s=1.5)
    assert mood.settled(11.5, settle_s=1.5)
    mood = update_mood(mood, "sad", now_s=12.0)
    assert (mood.since_s, mood.settled(12.1, settle_s=1.5)) == (12.0, False)
    assert not update_mood(mood, None, now_s=13.0).settled(99.0, settle_s=1.5)
