import numpy as np
import pytest

from webapp.core.affect import EXPRESSIONS, AffectState, Point, describe, point_of, update_affect

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
HAPPY, SAD = EXPRESSIONS["happy"], EXPRESSIONS["sad"]


def watch(points, *, every_s, settle_s=4.0, state=None, start_s=0.0):
    """Returns the settled points over time, one per frame."""
    state, seen = state or AffectState(), []
    for number, point in enumerate(points):
        state = update_affect(state, point, now_s=start_s + number * every_s, settle_s=settle_s)
        seen.append(state.settled)
    return state, seen


@pytest.mark.parametrize(
    ("probs", "valence", "arousal"),
    [
        ([0, 0, 0, 1, 0, 0, 0], 0.81, 0.51),
        ([0, 0, 0, 0, 0, 0, 1], 0.0, 0.0),
        ([0, 0, 0, 0.5, 0.5, 0, 0], 0.09, 0.12),  # (.81 - .63) / 2, (.51 - .27) / 2
        ([0.2, 0, 0, 0, 0, 0.8, 0], 0.218, 0.654),  # .8 * .4 - .2 * .51, .8 * .67 + .2 * .59
    ],
)
def test_a_mood_is_the_mean_of_the_expressions_places(probs, valence, arousal):
    point = point_of(np.array(probs, np.float32), LABELS)
    assert (point.valence, point.arousal) == pytest.approx((valence, arousal), abs=1e-6)


def test_an_unknown_label_counts_as_neutral():
    assert point_of([0.5, 0.5], ("contempt", "happy")) == Point(0.405, 0.255)


@pytest.mark.parametrize("values", [(1.01, 0), (0, -1.01), (float("nan"), 0)])
def test_a_point_off_the_plane_is_refused(values):
    with pytest.raises(ValueError, match=r"must be in \[-1, 1\]"):
        Point(*values)


def test_moving_goes_straight_and_never_past_the_goal():
    assert Point(-0.6, -0.8).moved(Point(0, 0), 0.5) == Point(-0.3, -0.4)
    assert Point(-0.6, -0.8).moved(Point(0, 0), 1.5) == Point(0, 0)
    assert Point(0, 0).moved(Point(0, 0), 1.0) == Point(0, 0)


def test_a_place_counts_once_it_has_lasted():
    _, seen = watch([HAPPY] * 6, every_s=1.0)
    assert seen == [None, None, None, None, HAPPY, HAPPY]


def test_a_new_place_replaces_the_old_after_the_same_time():
    state, _ = watch([HAPPY] * 5, every_s=1.0)
    _, seen = watch([SAD] * 6, every_s=1.0, state=state, start_s=5.0)
    assert seen == [HAPPY, HAPPY, HAPPY, HAPPY, SAD, SAD]


@pytest.mark.parametrize("pair", [(HAPPY, SAD), (Point(0, 0), HAPPY), (EXPRESSIONS["surprise"], HAPPY)])
def test_two_hundred_changes_in_a_minute_cause_no_switch(pair):
    state, _ = watch([pair[0]] * 5, every_s=1.0)
    flicker = [pair[(number // 5 + 1) % 2] for number in range(1000)]  # 60 s, a change every 0.3 s
    assert sum(a != b for a, b in zip(flicker, flicker[1:], strict=False)) == 199  # and the first
    _, seen = watch(flicker, every_s=0.06, state=state, start_s=5.0)
    assert set(seen) == {pair[0]}


def test_neighbours_are_one_place_and_change_nothing():
    state, _ = watch([EXPRESSIONS["fear"]] * 5, every_s=1.0)
    _, seen = watch([EXPRESSIONS["angry"]] * 20, every_s=1.0, state=state, start_s=5.0)
    assert set(seen) == {EXPRESSIONS["fear"]}


def test_without_a_face_the_last_place_stays_and_the_clock_starts_again():
    state, _ = watch([HAPPY] * 5, every_s=1.0)
    _, seen = watch([SAD, SAD, SAD, None, SAD, SAD, SAD, SAD, SAD], every_s=1.0, state=state, start_s=5.0)
    assert seen == [HAPPY] * 8 + [SAD]


@pytest.mark.parametrize(
    ("point", "word"),
    [
        (Point(0, 0), "even"),
        (HAPPY, "pleasant_active"),
        (SAD, "unpleasant_quiet"),
        (Point(-0.5, 0.1), "unpleasant"),
        (Point(0.1, -0.9), "quiet"),
        (Point(0.25, 0.24), "pleasant"),
    ],
)
def test_places_have_words(point, word):
    assert describe(point) == word
