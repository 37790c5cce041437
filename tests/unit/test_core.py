"""Geometry, smoothing, tracking and moods: numbers worked by hand."""

import math

import numpy as np
import pytest

from webapp.core.geometry import Box, iou
from webapp.core.moods import follow_mood
from webapp.core.smoothing import smooth
from webapp.core.tracking import Tracks, follow


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


def step(tracks, boxes, now_s, probs=None):
    probs = np.full((len(boxes), 2), 0.5) if probs is None else np.array(probs, float)
    return follow(tracks, boxes, probs, now_s=now_s, tau_s=0.5)


LEFT, RIGHT = Box(0, 0, 100, 100), Box(300, 0, 80, 80)


def ids(tracks):
    return [track.id for track in tracks.seen]


def test_a_moving_face_keeps_its_id():
    tracks = Tracks()
    for frame in range(10):
        tracks = step(tracks, [Box(frame * 20, 0, 100, 100)], frame * 0.05)
    assert ids(tracks) == [1]


def test_two_faces_keep_their_ids_when_their_order_changes():
    tracks = step(Tracks(), [LEFT, RIGHT], 0.0)
    assert ids(step(tracks, [Box(300, 0, 120, 120), LEFT], 0.05)) == [2, 1]


def test_a_face_that_was_hidden_for_a_moment_comes_back_as_itself():
    tracks = step(step(Tracks(), [LEFT], 0.0), [], 0.5)
    assert ids(step(tracks, [LEFT], 0.9)) == [1]


def test_a_face_that_was_gone_for_long_is_a_new_one():
    tracks = step(step(Tracks(), [LEFT], 0.0), [], 0.5)
    assert ids(step(tracks, [LEFT], 1.2)) == [2]


def confirmed(tracks):
    return [track.id for track in tracks.seen if track.confirmed]


def test_a_phantom_beside_a_known_face_does_not_count():
    tracks = step(Tracks(), [LEFT], 0.0)
    for now_s in (0.05, 0.15, 0.25):  # every other frame, as noise comes and goes
        tracks = step(tracks, [RIGHT, LEFT], now_s)
        assert confirmed(tracks) == [1]
        tracks = step(tracks, [LEFT], now_s + 0.05)


def test_a_second_face_counts_from_its_second_frame_on():
    tracks = step(step(Tracks(), [LEFT], 0.0), [LEFT, RIGHT], 0.05)
    assert confirmed(tracks) == [1]
    assert confirmed(step(tracks, [LEFT, RIGHT], 0.1)) == [1, 2]


def test_faces_count_at_once_where_nobody_was():
    assert confirmed(step(Tracks(), [LEFT, RIGHT], 0.0)) == [1, 2]
    gone = step(step(Tracks(), [LEFT], 0.0), [], 0.5)
    assert confirmed(step(gone, [RIGHT], 1.5)) == [2]


def test_a_face_elsewhere_is_a_new_one():
    assert ids(step(step(Tracks(), [LEFT], 0.0), [RIGHT], 0.05)) == [2]


def test_each_face_is_smoothed_by_itself():
    tracks = step(Tracks(), [LEFT, RIGHT], 0.0, [[1, 0], [0, 1]])
    tracks = step(tracks, [LEFT, RIGHT], 0.5, [[0, 1], [0, 1]])
    assert tracks.seen[0].probs == pytest.approx([math.exp(-1), 1 - math.exp(-1)])
    assert tracks.seen[1].probs == pytest.approx([0, 1])


def test_a_mood_settles_when_it_lasts_and_starts_again_when_it_changes():
    mood = follow_mood(None, "happy", now_s=10.0)
    mood = follow_mood(mood, "happy", now_s=11.0)
    assert not mood.settled(11.4, settle_s=1.5)
    assert mood.settled(11.5, settle_s=1.5)
    mood = follow_mood(mood, "sad", now_s=12.0)
    assert (mood.since_s, mood.settled(12.1, settle_s=1.5)) == (12.0, False)
    assert not follow_mood(mood, None, now_s=13.0).settled(99.0, settle_s=1.5)
