import numpy as np
import pytest

from webapp.core.label_strength import LabelStrength

SHARES = (0.6, 0.3, 0.1)
PROBS = np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6]], np.float32)


def strength(value, *, learned=0.0, temperatures=(1.0, 1.0)):
    return LabelStrength(value, SHARES, learned, temperatures)


def test_an_answer_that_only_repeats_the_training_s_frequencies_says_nothing_at_full_strength():
    assert strength(1.0).adjust(PROBS)[0] == pytest.approx([1 / 3] * 3)
    assert strength(0.5).adjust(PROBS)[0] == pytest.approx(np.sqrt(SHARES) / np.sqrt(SHARES).sum())
    assert strength(0.0).adjust(PROBS) is PROBS


def test_logits_lose_the_strength_times_the_log_of_the_shares():
    found = strength(0.7).adjust(PROBS)
    logits = np.log(PROBS) - 0.7 * np.log(SHARES)
    assert found == pytest.approx(np.exp(logits) / np.exp(logits).sum(1, keepdims=True))
    assert found.dtype == np.float32
    assert strength(0.7).adjust(PROBS[1]) == pytest.approx(found[1])


def test_what_was_adjusted_is_restored():
    for one in (strength(0.7), strength(0.3, learned=1.0, temperatures=(0.8, 1.0)), strength(0.0)):
        assert one.restore(one.adjust(PROBS)) == pytest.approx(PROBS, abs=1e-6)
        assert one.restore(one.adjust(PROBS)[1]) == pytest.approx(PROBS[1], abs=1e-6)


def test_what_the_training_applied_is_counted():
    at_one = strength(1.0).adjust(PROBS)
    assert strength(1.0, learned=1.0).adjust(at_one) is at_one
    assert strength(0.0, learned=1.0).adjust(at_one) == pytest.approx(PROBS)


def test_the_temperature_is_that_of_the_strength_and_interpolated_between():
    cool = strength(1.0, temperatures=(1.0, 0.5)).adjust(PROBS)[1]
    plain = strength(1.0).adjust(PROBS)[1]
    assert cool == pytest.approx(plain**2 / (plain**2).sum())
    assert strength(0.25, temperatures=(1.0, 2.0, 4.0)).temperature == pytest.approx(1.5)
    hot = strength(0.0, temperatures=(2.0, 1.0)).adjust(PROBS)[1]
    assert hot == pytest.approx(np.sqrt(PROBS[1]) / np.sqrt(PROBS[1]).sum())


def test_probabilities_of_zero_and_of_no_faces_stay_finite():
    sure = np.array([[1.0, 0.0, 0.0]], np.float32)
    assert strength(1.0).adjust(sure).tolist() == [[1.0, 0.0, 0.0]]
    assert strength(1.0).adjust(np.empty((0, 3), np.float32)).shape == (0, 3)
    cold = strength(1.0, temperatures=(1.0, 0.02)).adjust(PROBS)
    assert cold.sum(axis=1) == pytest.approx([1.0, 1.0])


def test_the_card_s_strength_holds_unless_another_is_chosen():
    card = {"label_prior": {"shares": SHARES, "learned": 1.0, "strength": 0.4, "temperatures": [1.1, 1.0]}}
    assert LabelStrength.of_card(card, None) == LabelStrength(0.4, SHARES, 1.0, (1.1, 1.0))
    assert LabelStrength.of_card(card, 0.0).value == 0.0
    assert LabelStrength.of_card({}, 0.5) is None
    with pytest.raises(ValueError, match=r"`value` must be in \[0, 1\]. Received: value=1.5"):
        LabelStrength.of_card(card, 1.5)
