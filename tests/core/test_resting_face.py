"""A face read against the person's own resting face: numbers worked by hand."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from webapp.core.geometry import Box
from webapp.core.label_state import FaceReading, LabelThresholds
from webapp.core.resting_face import RestingFace, RestingRule
from webapp.core.tracking import FaceTracks, update_tracks

RULE = RestingRule(share=1.0, reference=(-2.0, 0.0), floor=0.001)
THRESHOLDS = LabelThresholds(("sad", "happy"), min_confidence=0.5, smoothing_s=0.2, settle_s=1.5)
SIZE = (640, 480)


def logistic(x):
    return 1 / (1 + math.exp(-x))


def test_what_rose_above_the_resting_face_by_more_than_the_reference_s_lead_is_the_label():
    face = RestingFace([0.01, 0.99], RULE)
    # ln(0.2 / 0.8) - ln(0.01 / 0.99) - 2 = 1.209: twenty times as likely as at rest, and e^2 times are asked for.
    rose = math.log(0.2 / 0.8) - math.log(0.01 / 0.99) - 2
    assert face.read(np.array([0.2, 0.8])) == pytest.approx([logistic(rose), logistic(-rose)], abs=1e-6)
    assert rose == pytest.approx(1.209, abs=0.001)


def test_the_resting_face_itself_is_read_as_the_reference():
    for resting in ([0.01, 0.99], [0.7, 0.3]):
        read = RestingFace(resting, RULE).read(np.array(resting))
        assert read == pytest.approx([logistic(-2), logistic(2)], abs=1e-6)


def test_a_share_takes_away_so_much_of_the_difference():
    resting, seen = np.array([0.7, 0.3]), np.array([0.7, 0.3])
    at_rest = math.log(0.7 / 0.3)
    half = RestingFace(resting, RestingRule(0.5, RULE.reference, RULE.floor)).read(seen)
    assert half[0] == pytest.approx(logistic(at_rest - 0.5 * (at_rest + 2)), abs=1e-6)
    nothing = RestingFace(resting, RestingRule(0.0, RULE.reference, RULE.floor)).read(seen)
    assert nothing == pytest.approx(seen, abs=1e-6)


def test_below_the_floor_differences_mean_nothing():
    face = RestingFace([0.0, 1.0], RULE)
    assert face.read(np.array([1e-9, 1.0])) == pytest.approx(face.read(np.array([0.001, 1.0])))
    assert np.isfinite(face.read(np.array([0.0, 1.0]))).all()


def test_a_gain_makes_labels_surer_and_changes_none():
    plain, sharp = RestingFace([0.3, 0.7], RULE), RestingFace([0.3, 0.7], replace(RULE, gain=2.0))
    rows = np.array([[0.2, 0.8], [0.9, 0.1], [0.74, 0.26], [0.77, 0.23]])
    assert (sharp.read(rows).argmax(1) == plain.read(rows).argmax(1)).all()
    before, after = plain.read(rows[0]), sharp.read(rows[0])
    assert math.log(after[0] / after[1]) == pytest.approx(2 * math.log(before[0] / before[1]), abs=1e-5)


def test_a_label_that_is_not_trusted_counts_only_if_the_face_by_itself_says_it():
    rule = RestingRule(1.0, (-2.0, -2.0, 0.0), 0.001, trusted=(0, 2))
    face = RestingFace([0.01, 0.01, 0.98], rule)
    smile, sad, sadder = np.array([0.3, 0.1, 0.6]), np.array([0.1, 0.3, 0.6]), np.array([0.1, 0.5, 0.4])
    anything = RestingFace([0.01, 0.01, 0.98], replace(rule, trusted=None))
    assert [anything.read(one).argmax() for one in (smile, sad, sadder)] == [0, 1, 1]
    assert face.read(smile) == pytest.approx(anything.read(smile))
    assert face.read(sad) == pytest.approx(sad, abs=1e-6)  # a turned head looks like this too
    assert face.read(sadder) == pytest.approx(anything.read(sadder))
    both = face.read(np.stack([sad, smile]))
    assert both == pytest.approx(np.stack([face.read(sad), face.read(smile)]))


def test_many_faces_are_read_as_each_by_itself():
    face = RestingFace([0.3, 0.7], RULE)
    rows = np.array([[0.2, 0.8], [0.9, 0.1], [0.5, 0.5]])
    together = face.read(rows)
    assert together.dtype == np.float32
    assert together.sum(axis=1) == pytest.approx(1)
    for row, read in zip(rows, together, strict=True):
        assert read == pytest.approx(face.read(row))


def test_a_resting_face_of_other_labels_is_refused():
    with pytest.raises(ValueError, match=r"must have shape \(2,\). Received: shape=\(3,\)"):
        RestingFace([0.2, 0.3, 0.5], RULE)


def test_a_model_without_a_rule_has_no_relative_reading():
    assert RestingRule.of_card(SimpleNamespace(content={})) is None
    entry = {"share": 1.0, "reference": [-2.0, 0.0], "floor": 0.001, "gain": 1.0, "chosen_on": "photos"}
    card = SimpleNamespace(labels=("sad", "happy"), content={"resting_face": {**entry, "trusted": ["happy"]}})
    assert RestingRule.of_card(card) == replace(RULE, trusted=(1,))


def step(tracks, probs, now_s, resting):
    boxes = [Box(0, 0, 100, 100)]
    return update_tracks(
        tracks, boxes, np.array([probs]), size=SIZE, now_s=now_s, thresholds=THRESHOLDS, resting=resting
    )


def test_after_a_smile_the_relative_label_is_neutral_again_as_soon_as_the_absolute_one():
    """Smoothed in logarithms, a smile of 99 % would stay above a resting face of 0.1 % for seven time constants."""
    resting = RestingFace([0.001, 0.999], RULE)
    tracks = FaceTracks()
    for number in range(20):
        tracks = step(tracks, [0.99, 0.01], 0.1 * number, resting)
    assert tracks.known[0].relative.label_state.label == 0
    changed = {}
    for number in range(20, 40):
        tracks = step(tracks, [0.001, 0.999], 0.1 * number, resting)
        track = tracks.known[0]
        for name, state in (("absolute", track.label_state), ("relative", track.relative.label_state)):
            if state.label == 1:
                changed.setdefault(name, number)
    assert changed["relative"] - changed["absolute"] <= 1
    assert changed["relative"] <= 23


def test_without_a_resting_face_nothing_relative_is_kept():
    resting = RestingFace([0.01, 0.99], RULE)
    with_it = step(FaceTracks(), [0.2, 0.8], 0.0, resting)
    assert (with_it.known[0].label_state.label, with_it.known[0].relative.label_state.label) == (1, 0)
    assert step(with_it, [0.2, 0.8], 0.1, None).known[0].relative is None
    assert step(FaceTracks(), [0.2, 0.8], 0.0, None).known[0].relative is None


def test_a_face_that_is_missed_for_a_moment_forgets_its_relative_reading_with_the_resting_face():
    seen = step(FaceTracks(), [0.2, 0.8], 0.0, RestingFace([0.01, 0.99], RULE))
    missed = {
        is_kept: update_tracks(
            seen, [], np.empty((0, 2)), size=SIZE, now_s=0.1, thresholds=THRESHOLDS, resting=resting
        )
        for is_kept, resting in ((True, RestingFace([0.01, 0.99], RULE)), (False, None))
    }
    assert missed[True].known[0].relative is not None
    assert missed[False].known[0].relative is None


def reading(label, state="sure", absolute=None):
    return FaceReading((0, 0, 1, 1), label, 0.6, {label: 0.6}, state, absolute)


@pytest.mark.parametrize(
    ("relative", "absolute", "is_slight"),
    [
        (("happy", "sure"), ("neutral", "sure"), True),
        (("happy", "sure"), ("happy", "unsure"), True),
        (("happy", "sure"), ("happy", "sure"), False),
        (("happy", "unsure"), ("neutral", "sure"), False),
        (("neutral", "sure"), ("angry", "sure"), False),
    ],
)
def test_slight_is_what_is_plain_beside_the_resting_face_alone(relative, absolute, is_slight):
    both = reading(*relative, absolute=reading(*absolute))
    assert both.is_slight is is_slight
    said = both.as_dict()
    assert said["slight"] is is_slight
    assert said["absolute"] == {
        "label": absolute[0],
        "confidence": 0.6,
        "probs": {absolute[0]: 0.6},
        "state": absolute[1],
    }


def test_without_a_resting_face_a_reading_says_nothing_of_it():
    assert set(reading("happy").as_dict()) == {"box", "label", "confidence", "probs", "state"}
    assert not reading("happy").is_slight
