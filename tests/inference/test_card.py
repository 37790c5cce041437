"""A card that this app cannot use is refused with one sentence that says what to do."""

import copy
import json
import re

import numpy as np
import pytest

from tests.support.artifacts import LABELS, make_card, probe_image
from webapp.errors import ModelError
from webapp.inference.card import CropRule, check_probe, probe_input, read_card

GOOD = make_card(b"a model", 119, np.full(7, 1 / 7))


def write(folder, card):
    (folder / "card.json").write_text(card if isinstance(card, str) else json.dumps(card))
    return folder


def changed(path, value):
    card = copy.deepcopy(GOOD)
    *parents, last = path.split("/")
    place = card
    for key in parents:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return card


def refusal(folder):
    with pytest.raises(ModelError) as caught:
        read_card(folder)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def test_good_card_says_what_the_app_needs(tmp_path):
    card = read_card(write(tmp_path, GOOD))
    assert card.labels == LABELS
    assert card.input_shape == (48, 48, 1)
    assert card.crop == CropRule("square", 0.0, False)
    assert card.parameters == 119
    assert card.probe.expected == pytest.approx([1 / 7] * 7, abs=1e-6)
    assert card.content["limits"] == GOOD["limits"]


def test_crop_rule_is_read_whole(tmp_path):
    crop = {"shape": "eyes", "margin": 0.1, "align": True, "rise": 0.05}
    assert read_card(write(tmp_path, changed("crop", crop))).crop == CropRule("eyes", 0.1, True, 0.05)


@pytest.mark.parametrize("field", sorted(GOOD))
def test_no_part_of_a_card_may_be_missing(tmp_path, field):
    message = refusal(write(tmp_path, changed(field, None)))
    assert f"does not fit card.schema.json at its top level: '{field}' is a required property" in message
    assert "Export the model again" in message


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("schema_version", 2, "at schema_version: 1 was expected"),
        ("labels", [*LABELS[:6], "contempt"], "at labels/6: 'contempt' is not one of"),
        ("labels", [*LABELS[:6], "angry"], "at labels: "),
        ("files/model.keras/sha256", "abc", "at files/model.keras/sha256: 'abc' does not match"),
        ("crop/margin", "0.1", "at crop/margin: '0.1' is not of type 'number'"),
        ("crop/shape", "circle", "at crop/shape: 'circle' is not one of"),
        ("crop/padding", 0.1, "at crop: Additional properties are not allowed ('padding' was unexpected)"),
        ("probe/expected", [0.5, 0.5], "at probe/expected: "),
        ("probe/formula", "gradient-v2", "at probe/formula: 'gradient-v1' was expected"),
        ("metrics/PrivateTest/confusion", [[1]], "at metrics/PrivateTest/confusion"),
        ("calibration/temperature", 0, "at calibration/temperature: "),
        ("input/range", [0, 1], "at input/range"),
    ],
)
def test_wrong_value_is_named_with_its_place(tmp_path, path, value, reason):
    assert reason in refusal(write(tmp_path, changed(path, value)))


def test_extra_recipe_fields_are_accepted(tmp_path):
    card = read_card(write(tmp_path, changed("recipe/augmentation", {"shift": 0.1})))
    assert card.content["recipe"]["augmentation"] == {"shift": 0.1}


def test_other_label_order_is_refused(tmp_path):
    message = refusal(write(tmp_path, changed("labels", sorted(LABELS))))
    assert "expected angry, disgust, fear, happy, sad, surprise, neutral" in message
    assert "received angry, disgust, fear, happy, neutral, sad, surprise" in message


def test_other_input_size_is_refused(tmp_path):
    message = refusal(write(tmp_path, changed("input/width", 64)))
    assert "expected 48 x 48 x 1, received 48 x 64 x 1" in message


def test_missing_card_says_which_setting(tmp_path):
    message = refusal(tmp_path / "nowhere")
    assert "No model card at" in message
    assert "Set MODEL_DIR" in message


@pytest.mark.parametrize("text", ["", "{", "\ufeff{}", "[1, 2"])
def test_card_that_is_no_json_is_refused(tmp_path, text):
    assert "is not valid JSON" in refusal(write(tmp_path, text))


@pytest.mark.parametrize("text", ["[]", "null", '"card"'])
def test_card_that_is_no_object_is_refused(tmp_path, text):
    assert "is not of type 'object'" in refusal(write(tmp_path, text))


def test_binary_card_is_refused(tmp_path):
    (tmp_path / "card.json").write_bytes(b"\xff\xd8\xff\xe0")
    assert "is not valid JSON" in refusal(tmp_path)


def test_probe_input_follows_its_formula():
    assert np.array_equal(probe_input(), probe_image())
    assert probe_input()[7, 8, 0] == 35 + 24 + 8


@pytest.fixture
def probe(tmp_path):
    return read_card(write(tmp_path, GOOD)).probe


def test_probe_accepts_rounding(probe):
    check_probe(probe, lambda images: np.full((len(images), 7), 1 / 7 + 0.009))


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ([0, 0, 0, 1, 0, 0, 0], "expected happy 0.143 (within 0.01), received 1.000"),
        (
            [1 / 7] * 5 + [1 / 7 - 0.011, 1 / 7 + 0.012],
            "expected neutral 0.143 (within 0.01), received 0.155",
        ),
        ([1 / 7] * 5 + [np.nan, 1 / 7], "expected surprise 0.143 (within 0.01), received nan"),
    ],
)
def test_probe_refuses_another_answer(probe, wrong, reason):
    with pytest.raises(ModelError, match=re.escape(reason)):
        check_probe(probe, lambda images: np.array([wrong]))


def test_probe_of_another_input_is_refused(tmp_path):
    probe = read_card(write(tmp_path, changed("probe/input_sha256", "0" * 64))).probe
    with pytest.raises(
        ModelError, match="another input than gradient-v1: expected sha256 .*, received 000000000000"
    ):
        check_probe(probe, lambda images: np.full((1, 7), 1 / 7))


@pytest.mark.parametrize("bad", [{"shape": "circle"}, {"margin": -0.5}, {"margin": 1.5}])
def test_crop_rule_refuses_what_it_cannot_mean(bad):
    with pytest.raises(ValueError, match="Received: "):
        CropRule(**bad)
