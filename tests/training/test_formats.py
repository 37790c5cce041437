"""Exported files in their own runtimes, and Grad-CAM."""

import json
import resource

import cv2
import keras
import numpy as np
import pytest

from tests.training.samples import make_faces, make_rows, write_csv
from training.artifacts import formats
from training.artifacts.formats import FORMATS, convert
from training.cli import main
from training.errors import TrainingError
from training.evaluation.grad_cam import draw, grad_cam, layer_names
from training.nn.models import build


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(0)
    return build("model1")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_answers_like_the_model(tmp_path, model, name):
    images = make_faces(70).images
    (parity,) = convert(model, images, tmp_path, [name])
    assert parity.max_difference < 1e-5
    assert parity.top1_agreement == 1
    assert parity.num_images == 70
    assert parity.bytes > 3_000_000  # 883,559 parameters of four bytes
    assert {path.name for path in tmp_path.iterdir()} == {FORMATS[name][0], "parity.json"}
    assert json.loads((tmp_path / "parity.json").read_text()) == [parity.as_dict()]


@pytest.mark.parametrize("wrongly", [lambda answers: answers[:, ::-1], lambda answers: answers * np.nan])
def test_a_file_that_does_not_match_the_model_is_refused(tmp_path, model, monkeypatch, wrongly):
    def load_wrongly(path):
        predict = FORMATS["saved_model"][1](path)
        return lambda images: wrongly(predict(images))

    monkeypatch.setattr(formats, "FORMATS", {"saved_model": ("saved_model", load_wrongly)})
    with pytest.raises(TrainingError, match="does not match the Keras model"):
        convert(model, make_faces(7).images, tmp_path, ["saved_model"])


def test_a_folder_that_cannot_be_written_is_named(tmp_path, model):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(TrainingError, match="file cannot be written"):
        convert(model, make_faces(7).images, tmp_path / "file", ["onnx"])


@pytest.mark.parametrize("name", FORMATS)
def test_a_full_disk_leaves_the_old_file(tmp_path, model, name):
    path = tmp_path / FORMATS[name][0]
    path.write_text("the old one")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))  # no file may grow beyond this
    try:
        with pytest.raises(TrainingError, match="cannot be written"):
            convert(model, make_faces(7).images, tmp_path, [name])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    assert path.read_text() == "the old one"


@pytest.fixture(scope="module")
def looks_left():
    """A network whose label 1 depends on the left half of the image alone."""
    image = keras.Input((48, 48, 1))
    maps = keras.layers.Conv2D(1, 1, name="conv")(image)
    flat = keras.layers.Flatten()(keras.layers.AveragePooling2D(24)(maps))
    model = keras.Model(image, keras.layers.Dense(2, activation="softmax")(flat))
    model.set_weights(
        [np.ones((1, 1, 1, 1)), np.zeros(1), np.array([[0, 1], [0, 0], [0, 1], [0, 0]]), np.zeros(2)]
    )
    return model


def test_saliency_is_where_the_label_comes_from(looks_left):
    image = np.zeros((48, 48, 1), np.uint8)
    image[10:20, 5:15] = 255
    saliency = grad_cam(looks_left, image, 1, "conv")
    assert saliency.shape == (48, 48)
    assert saliency.max() == 1
    assert saliency[15, 10] > 0.9
    assert saliency[40, 40] == 0
    assert grad_cam(looks_left, image, 0, "conv").max() == 0  # nothing speaks for label 0
    assert draw(image, saliency).shape == (384, 768, 3)


def test_an_unknown_layer_is_refused_with_those_that_exist(looks_left):
    assert layer_names(looks_left) == ["conv"]
    with pytest.raises(TrainingError, match="No layer 'dense' that Grad-CAM can explain. Known: conv"):
        grad_cam(looks_left, np.zeros((48, 48, 1), np.uint8), 0, "dense")


def test_convert_prints_every_format_compared(tmp_path, capsys):
    data = write_csv(tmp_path / "fer2013.csv", make_rows())
    out = tmp_path / "out"
    arguments = [
        "convert",
        "models/model2-fer2013",
        "--data",
        str(data),
        "--allow-partial",
        "--out",
        str(out),
    ]
    assert main([*arguments, "--formats", "litert"]) == 0
    said = capsys.readouterr().out
    assert f"{out}/model.tflite: 15.4 MB; on 7 images the probabilities differ by at most" in said
    assert "the label is the same on 100.0%" in said


def test_explain_draws_an_image(tmp_path, capsys):
    face = tmp_path / "face.png"
    cv2.imwrite(str(face), make_faces(1).images[0])
    out = tmp_path / "why.png"
    assert main(["explain", "models/model2-fer2013", str(face), "--label", "happy", "--out", str(out)]) == 0
    assert cv2.imread(str(out)).shape == (384, 768, 3)
    assert "what speaks for happy in layer conv2d" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["missing.png"], "missing.png cannot be read"),
        (["pyproject.toml"], "pyproject.toml is not a readable image"),
        (["FACE", "--label", "bored"], "Unknown label 'bored'. Known: angry"),
        (["FACE", "--layer", "conv99"], "No layer 'conv99'"),
        (["FACE", "--out", "why.txt"], "--out must end in .png or .jpg"),
    ],
)
def test_explain_reports_wrong_arguments(tmp_path, capsys, arguments, reason):
    face = tmp_path / "face.png"
    cv2.imwrite(str(face), make_faces(1).images[0])
    arguments = [str(face) if word == "FACE" else word for word in arguments]
    assert main(["explain", "models/model2-fer2013", *arguments]) == 1
    assert reason in capsys.readouterr().err
