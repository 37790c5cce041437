"""The artifact is all that crosses from training to the app: what is loaded, and what is refused."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.support.artifacts import LABELS, edit_card, make_artifact, probe_image
from webapp.errors import ModelError, NotExplainable
from webapp.inference import load_classifier
from webapp.inference.keras_backend import BATCH_SIZES
from webapp.inference.saliency import make_heat

MODELS = Path(__file__).parents[2] / "models"


@pytest.fixture
def artifact(artifact, tmp_path):
    """A copy that a test may change."""
    return shutil.copytree(artifact, tmp_path / "tiny")


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    classifier = load_classifier(make_artifact(tmp_path_factory.mktemp("models") / "tiny"), threads=1)
    yield classifier
    classifier.close()


def refusal(folder):
    with pytest.raises(ModelError) as caught:
        load_classifier(folder, runtime="keras")
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def card_of(folder):
    return json.loads((folder / "card.json").read_text())


def rename_file(folder, content):
    """Puts other content in place of the model, with a card that names it: an attacker's or a fool's export."""
    (folder / "model.keras").write_bytes(content)
    entry = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    return edit_card(folder, files={"model.keras": entry})


def test_any_number_of_crops_is_answered_each_for_itself(classifier):
    rng = np.random.default_rng(3)
    crops = rng.integers(0, 256, (70, 48, 48, 1), dtype=np.uint8)
    alone = np.concatenate([classifier.classify(crops[i : i + 1]) for i in range(len(crops))])
    assert alone.dtype == np.float32
    assert alone.sum(axis=1) == pytest.approx(np.ones(70), abs=1e-5)
    for n in (2, 5, 7, 31, 32, 33, 70):
        assert classifier.classify(crops[:n]) == pytest.approx(alone[:n], abs=1e-5)
    assert len(np.unique(alone.argmax(axis=1))) > 1


def test_no_crops_give_no_rows(classifier):
    assert classifier.classify(np.empty((0, 48, 48, 1), np.uint8)).shape == (0, 7)


@pytest.mark.parametrize("bad", [np.zeros((1, 48, 48, 1)), np.zeros((48, 48, 1), np.uint8)])
def test_other_crops_are_a_mistake_of_the_caller(classifier, bad):
    with pytest.raises(ValueError, match=r"must be uint8 of shape \(n, 48, 48, 1\). Received: "):
        classifier.classify(bad)


def test_heat_is_where_the_label_comes_from():
    """A model that looks at four places: `angry` from the upper left one, `sad` from all, each with its own weight."""
    import keras

    image = keras.Input((48, 48, 1))
    cells = keras.layers.AveragePooling2D(24)(keras.layers.Rescaling(1 / 255)(image))
    outputs = keras.layers.Dense(7, "softmax")
    model = keras.Model(image, outputs(keras.layers.Flatten()(cells)))
    weights = np.zeros((4, 7), np.float32)
    weights[0, 0] = 7.0
    weights[:, 4] = 2.0, 4.0, -3.0, 1.0
    outputs.set_weights([weights, np.zeros(7, np.float32)])
    explain = make_heat(model, (48, 48, 1))
    white = np.full((48, 48, 1), 255, np.uint8)
    # A label's gain is its weight less the mean over the labels. `angry`: 7 - 9/7, -4/7, 3/7, -1/7. The mirror image,
    # white too, has the same map, which is mirrored back and averaged in.
    assert explain(white, 0) == pytest.approx(np.array([[1, 1], [3 / 40, 3 / 40]]), abs=1e-5)
    # `sad`: 2 - 9/7, 4 - 4/7, -3 + 3/7, 1 - 1/7.
    assert explain(white, 4) == pytest.approx(np.array([[1, 1], [6 / 29, 6 / 29]]), abs=1e-5)
    black_there = white.copy()
    black_there[:24, 24:] = 0  # where there is nothing, nothing speaks for a label
    assert explain(black_there, 4)[0, 1] == 0
    assert (explain(np.zeros((48, 48, 1), np.uint8), 4) == 0).all()


def test_the_map_that_is_looked_at_is_the_last_that_can_tell_an_eye_from_a_cheek():
    import keras

    image = keras.Input((48, 48, 1))
    fine = keras.layers.Conv2D(2, 3, strides=4, padding="same", name="fine")(image)
    coarse = keras.layers.MaxPooling2D(3)(fine)
    flat = keras.layers.Dense(7, "softmax")(keras.layers.Flatten()(coarse))
    assert make_heat(keras.Model(image, flat), (48, 48, 1))(np.zeros((48, 48, 1), np.uint8), 0).shape == (
        12,
        12,
    )
    blind = keras.layers.Dense(7, "softmax")(keras.layers.Flatten()(image))
    assert make_heat(keras.Model(image, blind), (48, 48, 1)) is None


def test_a_model_without_maps_says_that_it_cannot_be_explained(classifier):
    from webapp.inference.classifier import LocalClassifier

    with pytest.raises(NotExplainable, match="tiny has no feature maps"):
        LocalClassifier(classifier.card, None).explain(np.zeros((48, 48, 1), np.uint8), 0)
    with pytest.raises(ValueError, match="index below 7. Received: 7"):
        classifier.explain(np.zeros((48, 48, 1), np.uint8), 7)


def test_padding_wastes_a_third_at_most():
    sizes = sorted(BATCH_SIZES)
    assert all(following <= 2 * size for size, following in zip(sizes, sizes[1:], strict=False))
    assert all(1 - n / next(size for size in sizes if size >= n) <= 1 / 3 for n in range(1, sizes[-1] + 1))


def test_changed_file_is_refused(artifact):
    path = artifact / "model.keras"
    path.write_bytes(path.read_bytes() + b" ")
    assert "is not the file that its card describes: expected sha256" in refusal(artifact)


def test_missing_file_is_refused(artifact):
    (artifact / "model.keras").unlink()
    assert "No model at" in refusal(artifact)


def test_damaged_file_with_a_fitting_card_is_refused(artifact):
    content = (artifact / "model.keras").read_bytes()
    assert "cannot read" in refusal(rename_file(artifact, content[: len(content) // 2]))


def test_model_that_brings_code_is_refused(artifact):
    import keras

    image = keras.Input((48, 48, 1))
    code = keras.layers.Lambda(lambda x: x[:, :1, :7, 0][:, 0])
    keras.Model(image, code(image)).save(artifact / "model.keras")
    message = refusal(rename_file(artifact, (artifact / "model.keras").read_bytes()))
    assert "cannot read" in message
    assert "Lambda" in message


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"size": 32}, "expected (None, 48, 48, 1) to (None, 7), received (None, 32, 32, 1) to (None, 7)"),
        ({"num_outputs": 6}, "received (None, 48, 48, 1) to (None, 6)"),
    ],
)
def test_model_of_another_size_than_its_card_is_refused(tmp_path, other, reason):
    assert reason in refusal(make_artifact(tmp_path / "other", **other))


def test_outputs_in_another_order_fail_the_probe(artifact):
    probe = card_of(artifact)["probe"]
    turned = probe | {"expected": probe["expected"][1:] + probe["expected"][:1]}
    message = refusal(edit_card(artifact, probe=turned))
    assert "does not answer as its card promises: expected" in message
    assert "Export the model again" in message


def test_labels_in_another_order_are_refused_before_the_model_is_touched(artifact):
    (artifact / "model.keras").unlink()
    assert "has its labels in another order" in refusal(edit_card(artifact, labels=sorted(LABELS)))


def test_training_and_app_compute_the_same_probe():
    from training.artifacts.card import probe_input as of_training
    from webapp.inference.card import probe_input as of_app

    assert np.array_equal(of_training(), of_app())
    assert np.array_equal(of_app(), probe_image())


def test_training_and_app_agree_on_labels():
    from training.data.faces import LABELS as OF_TRAINING
    from webapp.inference import LABELS as OF_APP

    assert OF_TRAINING == OF_APP == LABELS


@pytest.mark.parametrize(
    "folder", sorted(path.parent for path in MODELS.glob("*/card.json")), ids=lambda p: p.name
)
def test_shipped_model_is_accepted(folder):
    classifier = load_classifier(folder)
    try:
        assert classifier.classify(probe_image()[np.newaxis])[0] == pytest.approx(
            classifier.card.probe.expected, abs=classifier.card.probe.tolerance
        )
    finally:
        classifier.close()
