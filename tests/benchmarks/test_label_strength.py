"""The rule that chooses how common a label is taken to be, on answers made up."""

import numpy as np
import pytest

from benchmarks.recognition.label_strength import (
    Answers,
    as_table,
    card_entry,
    choose,
    measure_strengths,
    shares_of,
    together,
)
from tests.training.samples import make_faces
from training.data.ferplus import COLUMNS
from webapp.core.label_strength import LabelStrength
from webapp.inference import LABELS

HAPPY, SAD, NEUTRAL = (LABELS.index(name) for name in ("happy", "sad", "neutral"))
SHARES = np.array([0.05, 0.05, 0.05, 0.2, 0.05, 0.05, 0.55])


def answers(*pairs):
    """Answers to faces of `(true label, {label: probability})`; what is left goes to all labels alike."""
    rows, labels = [], []
    for label, given in pairs:
        row = np.full(len(LABELS), (1 - sum(given.values())) / len(LABELS))
        for other, probability in given.items():
            row[other] += probability
        rows.append(row)
        labels.append(label)
    return Answers(np.array(rows, np.float32), np.array(labels))


def everything(**sets):
    """One face of each expression for every set that is not named, all read right."""
    plain = answers(*((label, {label: 0.9}) for label in range(len(LABELS))))
    return {name: plain for name in ("majority", "posed", "photos", "london")} | sets


def test_slight_smiles_ask_for_strength_and_neutral_faces_limit_it():
    smiles = [(HAPPY, {HAPPY: 0.3, NEUTRAL: 0.6})]  # happy from a ratio of 2 on: strength 0.69
    faces = [(NEUTRAL, {HAPPY: 0.25, NEUTRAL: 0.65})]  # neutral up to a ratio of 2.6: strength 0.95
    rows = measure_strengths(everything(london=answers(*smiles, *faces)), SHARES, 0.0)
    assert [row.strength.value for row in rows[:3]] == [0.0, 0.05, 0.1]
    by_value = {row.strength.value: (row.smiles[0], row.neutral_faces) for row in rows}
    assert (by_value[0.6], by_value[0.8], by_value[1.0]) == ((0, 1), (1, 1), (1, 0))
    assert choose(rows).strength.value == pytest.approx(0.7)  # of equals the lowest
    only_smiles = measure_strengths(everything(london=answers(*smiles, (NEUTRAL, {SAD: 0.9}))), SHARES, 0.0)
    assert choose(only_smiles).strength.value == pytest.approx(0.7)  # if none is right at any strength


def test_a_majority_set_of_frequent_labels_draws_the_strength_down():
    doubtful = [(NEUTRAL, {NEUTRAL: 0.5, SAD: 0.3})] * 9 + [(SAD, {SAD: 0.9})]
    rows = measure_strengths(everything(majority=answers(*doubtful)), SHARES, 0.0)
    assert rows[0].majority[0] == 1.0
    assert rows[-1].majority[0] == pytest.approx(0.1)
    assert choose(rows).strength.value == 0.0


def test_each_strength_has_the_temperature_that_its_answers_need():
    hesitant = answers(*((label, {label: 0.4}) for label in range(len(LABELS)) for _ in range(20)))
    rows = measure_strengths(everything(majority=hesitant), SHARES, 1.0, steps=4)
    assert len(rows[0].strength.temperatures) == 5
    assert rows[-1].strength.temperature < 0.5  # right always, so it may be sure
    assert rows[-1].majority_error < 0.05
    assert rows[0].strength.learned == 1.0


def test_photos_calibration_error_is_given_for_labels_as_common_as_in_training_too():
    # Sad, an eleventh as common in training as neutral, is read as happy, and the others right.
    photos = answers((HAPPY, {HAPPY: 0.9}), (NEUTRAL, {NEUTRAL: 0.9}), (SAD, {HAPPY: 0.9}))
    row = measure_strengths(everything(photos=photos), SHARES, 0.0, steps=1)[0]
    given = float(row.strength.adjust(photos.probs).max())
    assert row.photos_error == pytest.approx(given - 2 / 3, abs=1e-4)
    assert row.photos_error_as_trained == pytest.approx(abs(given - 0.75 / 0.8), abs=1e-4)


def test_models_together_answer_by_the_mean_of_their_logits_where_labels_are_alike():
    # The second learned that neutral is eleven times as common as sad, and says so of this face.
    alike, common = (answers((SAD, {SAD: 0.6})), answers((SAD, {NEUTRAL: 0.5, SAD: 0.1})))
    strengths = [LabelStrength(1.0, tuple(SHARES), learned) for learned in (1.0, 0.0)]
    mean = together([alike, common], strengths)
    assert mean.probs.argmax(1).tolist() == [SAD]
    ratio = np.log(alike.probs[0, SAD] / alike.probs[0, NEUTRAL])
    other = np.log(common.probs[0, SAD] / common.probs[0, NEUTRAL] * SHARES[NEUTRAL] / SHARES[SAD])
    assert np.log(mean.probs[0, SAD] / mean.probs[0, NEUTRAL]) == pytest.approx((ratio + other) / 2, abs=1e-5)
    assert mean.probs.sum() == pytest.approx(1, abs=1e-5)


def test_the_card_gets_what_the_app_reads():
    (row, *_) = measure_strengths(everything(), SHARES, 0.0, steps=2)
    entry = card_entry(row.strength)
    assert LabelStrength.of_card({"label_prior": entry}, None) == row.strength
    assert len(as_table([row]).splitlines()) == 3
    assert "100.0 (100.0 to 100.0)" in as_table([row])


def test_shares_are_those_of_the_recipe_s_targets():
    faces = make_faces(2)
    votes = np.array([[10 if name == "happiness" else 0 for name in COLUMNS]] * 2)
    recipe = {"data": "ferplus", "label_share": 0.25}
    assert shares_of({"Training": faces}, votes, {"data": "ferplus"})[HAPPY] == 1.0
    expected = 0.75 + 0.25 * np.mean(faces.labels == HAPPY)
    assert shares_of({"Training": faces}, votes, recipe)[HAPPY] == pytest.approx(expected)
    assert shares_of({"Training": faces}, votes, {})[faces.labels[0]] >= 0.5
