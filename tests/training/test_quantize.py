"""The int8 artifact: the network without batch normalisations, its ranges, and the card of the result."""

import json

import keras
import numpy as np
import onnx
import pytest

from tests.support.artifacts import edit_card, make_artifact
from tests.training.samples import make_faces, make_rows, write_csv
from training.artifacts.card import file_entry
from training.artifacts.folded import folded_onnx
from training.artifacts.formats import load_onnx
from training.artifacts.quantize import divergence, quantize
from training.cli import main
from training.errors import TrainingError
from training.nn.models import build
from webapp.inference import load_classifier


def small_model(*, negative=False):
    """Every kind of layer, with batch statistics and scales that differ by channel; `negative` turns some of them."""
    layers = keras.layers
    keras.utils.set_random_seed(3)
    image = keras.Input((48, 48, 1), name="image")
    x = layers.Rescaling(1 / 255, 0.1)(image)
    x = layers.AveragePooling2D(4)(x)
    x = layers.Conv2D(8, 3, activation="relu")(x)
    x = layers.BatchNormalization(name="first")(x)
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    x = layers.BatchNormalization(name="second")(x)
    x = x if negative else layers.MaxPooling2D(2)(x)
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(x)
    x = layers.Dropout(0.5)(layers.Flatten()(x))
    x = layers.BatchNormalization(name="third")(layers.Dense(16, activation="relu")(x))
    model = keras.Model(image, layers.Dense(7, activation="softmax")(x))
    random = np.random.default_rng(3)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            gamma, beta, mean, variance = (random.uniform(0.3, 1.5, len(w)) for w in layer.get_weights())
            gamma[::2] *= -1 if negative or layer.name == "third" else 1
            layer.set_weights([gamma, beta - 1, mean, variance])
    return model


@pytest.fixture
def artifact(tmp_path):
    """An artifact of `small_model`."""
    folder = make_artifact(tmp_path / "small")
    model = small_model()
    model.save(folder / "model.keras")
    return edit_card(folder, files={"model.keras": file_entry(folder / "model.keras")})


def run(tmp_path, model):
    onnx.save(model, tmp_path / "model.onnx")
    return load_onnx(tmp_path / "model.onnx")


@pytest.mark.parametrize("make", [small_model, lambda: small_model(negative=True), lambda: build("model1")])
def test_a_folded_network_gives_the_same_answers(tmp_path, make):
    model, images = make(), make_faces(9).images
    answers = run(tmp_path, folded_onnx(model))(images)
    assert answers == pytest.approx(model.predict_on_batch(images), abs=1e-5)


def test_a_normalisation_before_padding_becomes_a_maximum():
    kinds = [node.op_type for node in folded_onnx(small_model()).graph.node]
    assert " ".join(kinds) == (
        "Reshape AveragePool Conv Max Conv MaxPool Max Conv Relu Flatten Gemm Relu Gemm Softmax"
    )


def test_a_negative_scale_before_padding_stays_an_operation():
    kinds = [node.op_type for node in folded_onnx(small_model(negative=True)).graph.node]
    assert kinds[2:6] == ["Conv", "Relu", "Mul", "Add"]


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (
            keras.layers.LayerNormalization(),
            "is a LayerNormalization, which cannot be quantized. Known: InputLayer",
        ),
        (keras.layers.Conv2D(2, 3, strides=2), "has strides, dilation, groups or an even kernel"),
        (keras.layers.Conv2D(2, 4, padding="same"), "has strides, dilation, groups or an even kernel"),
        (keras.layers.Conv2D(2, 3, activation="tanh"), "has the activation tanh"),
        (keras.layers.MaxPooling2D(2, padding="same"), "has padding"),
    ],
)
def test_a_layer_that_is_not_supported_is_named(layer, reason):
    image = keras.Input((48, 48, 1))
    with pytest.raises(TrainingError, match=reason):
        folded_onnx(keras.Model(image, layer(image)))


def test_the_divergence_is_that_of_kullback_and_leibler():
    expected, found = np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([[0.25, 0.75], [1.0, 0.0]])
    assert divergence(expected, found) == pytest.approx(0.5 * (0.5 * np.log(2) + 0.5 * np.log(2 / 3)))


def test_inner_layers_compute_in_int8_and_the_outer_ones_do_not(tmp_path):
    model, images = small_model(), make_faces(70).images
    found = quantize(model, images, images)
    weights = {
        i.name: i.data_type for i in found.model.graph.initializer if i.name.endswith("kernel_quantized")
    }
    assert len(weights) == 3  # of five layers with weights
    assert set(weights.values()) == {onnx.TensorProto.INT8}
    largest = max(
        np.abs(onnx.numpy_helper.to_array(i).astype(int)).max()
        for i in found.model.graph.initializer
        if i.name in weights
    )
    assert largest <= 64  # 7 bits: two products of 8 and 7 bits fit into 16
    assert run(tmp_path, found.model)(images) == pytest.approx(found.probabilities, abs=1e-6)
    assert found.divergence < 0.01


def test_a_model_without_inner_layers_is_refused():
    image = keras.Input((48, 48, 1))
    model = keras.Model(image, keras.layers.Dense(7, activation="softmax")(keras.layers.Flatten()(image)))
    with pytest.raises(TrainingError, match="no layer between the first and the last"):
        quantize(model, make_faces(7).images, make_faces(7).images)


def test_the_command_writes_an_artifact_that_the_server_runs(tmp_path, artifact, capsys):
    data = write_csv(tmp_path / "fer2013.csv", make_rows(14))
    out = tmp_path / "small-int8"
    arguments = ["quantize", str(artifact), "--data", str(data), "--allow-partial", "--out", str(out)]
    assert main(arguments) == 0
    assert "small-int8/model.onnx: " in capsys.readouterr().out
    card = json.loads((out / "card.json").read_text())
    assert (
        {path.name for path in out.iterdir()} == {"model.onnx", "card.json"} == {*card["files"], "card.json"}
    )
    assert (card["name"], card["quantization"]["of"]) == ("small-int8", "small")
    assert card["quantization"]["calibrated_on"] == "14 images of Training, drawn at random"
    assert card["files"]["model.onnx"]["parity"]["num_images"] == 14
    assert {"PublicTest", "PrivateTest"} < set(card["metrics"])
    assert card["calibration"]["temperature"] != 1
    for runtime in ("onnx", "openvino"):
        classifier = load_classifier(out, runtime=runtime)  # which checks the probe
        assert classifier.runtime.endswith(", int8")
        classifier.close()
    assert main(["card", str(out), "--data", str(data), "--allow-partial"]) == 1
    assert "is quantized and has no model.keras. Name the artifact" in capsys.readouterr().err


def test_the_float_artifact_is_not_replaced(tmp_path, artifact, capsys):
    data = write_csv(tmp_path / "fer2013.csv", make_rows(7))
    arguments = ["quantize", str(artifact), "--data", str(data), "--allow-partial", "--out", str(artifact)]
    assert main(arguments) == 1
    assert "--out must name another folder" in capsys.readouterr().err
    assert (artifact / "model.keras").exists()
