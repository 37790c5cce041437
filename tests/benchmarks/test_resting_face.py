"""The rule that chooses how a model is read beside a resting face, on numbers worked by hand."""

import numpy as np
import pytest

from benchmarks.recognition.resting_face import (
    HAPPY,
    NEUTRAL,
    LondonAnswers,
    Outcome,
    Person,
    choose,
    choose_gain,
    measure,
    read_people,
)
from webapp.core.resting_face import RestingFace, RestingRule
from webapp.inference import LABELS

RULE = RestingRule(1.0, tuple(0.0 if label == "neutral" else -1.5 for label in LABELS), 0.001)
ALONE = Outcome(smiles=0.6, women=0.8, men=0.4, neutral=1.0, ckplus=0.8)


def outcome(smiles, neutral, ckplus=0.8):
    return Outcome(smiles, smiles, smiles, neutral, ckplus)


def test_the_most_smiles_win_among_those_that_keep_neutral_and_lose_no_other_label():
    candidates = [
        outcome(0.99, 0.98),
        outcome(0.98, 1.0, ckplus=0.79),
        outcome(0.9, 0.99),
        outcome(0.95, 0.99),
    ]
    assert choose(candidates, ALONE) == 3


def test_within_a_point_neutral_decides_and_then_smiles():
    assert choose([outcome(0.95, 0.99), outcome(0.945, 0.995), outcome(0.93, 1.0)], ALONE) == 1
    assert choose([outcome(0.945, 0.99), outcome(0.95, 0.99)], ALONE) == 1


def test_none_may_qualify():
    assert choose([outcome(0.99, 0.98)], ALONE) is None


def probs(happy):
    row = np.full(len(LABELS), 0.01)
    row[HAPPY], row[NEUTRAL] = happy, 1 - 0.05 - happy
    return row


def answers(neutral, smiling, sexes=("female", "male")):
    """Of two people in two captures each, by their probability of happy."""
    people = tuple(Person(f"00{number}", sex, "white") for number, sex in enumerate(sexes))
    return LondonAnswers(
        people, *(np.array([[probs(p) for p in row] for row in rows]) for rows in (neutral, smiling))
    )


def test_a_capture_is_read_beside_the_others_never_beside_itself():
    some = answers([[0.01, 0.2], [0.01, 0.01]], [[0.3, 0.3], [0.3, 0.3]])
    relative = some.relative(RULE)
    assert relative.neutral[0, 0] == pytest.approx(RestingFace(probs(0.2), RULE).read(probs(0.01)))
    assert relative.smiling[0, 1] == pytest.approx(RestingFace(probs(0.01), RULE).read(probs(0.3)))


def test_women_and_men_count_alike():
    many = answers([[0.01, 0.01]] * 3, [[0.9, 0.9], [0.9, 0.9], [0.1, 0.1]], ("female", "female", "male"))
    found = measure(many, ckplus=0.5)
    assert (found.women, found.men, found.smiles, found.neutral) == (1.0, 0.0, 0.5, 1.0)
    assert many.choosing.tolist() == [True, False, True]


def test_the_gain_is_the_smallest_with_which_right_labels_are_sure():
    at_rest = answers([[0.01, 0.01]] * 2, [[0.9, 0.9]] * 2).relative(RULE)
    # At rest neutral is e^1.5 times each of six: 43 %; to the power of 1.5, 61 %.
    assert at_rest.neutral[0, 0, NEUTRAL] == pytest.approx(1 / (1 + 6 * np.exp(-1.5)), abs=1e-3)
    assert choose_gain(at_rest) == 1.5
    assert choose_gain(answers([[0.01, 0.01]] * 2, [[0.9, 0.9]] * 2)) == 1.0


def test_people_are_read_in_their_own_words(shared_data):
    archive = shared_data / "london-dev.zip"
    if not archive.exists():
        pytest.skip("needs london-dev.zip")
    people = read_people(archive)
    assert len(people) == 51
    assert {person.sex for person in people} == {"female", "male"}
    assert "east_asian" in {person.ethnicity for person in people}
