"""Whatever computes the answers, they are the same; what cannot be loaded is one sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from tests.support.artifacts import edit_card
from tests.support.images import face_jpeg
from tests.support.servers import ROOT, SHIPPED
from webapp.errors import ModelError, NotExplainable
from webapp.inference import load_classifier, loading
from webapp.inference.card import read_card

INT8 = SHIPPED.with_name(SHIPPED.name + "-int8")
RUNTIMES = [
    ("keras", "float32", SHIPPED),
    ("onnx", "float32", SHIPPED),
    ("openvino", "float32", SHIPPED),
    ("openvino", "bfloat16", SHIPPED),
    ("onnx", "float32", INT8),
    ("openvino", "float32", INT8),
]
RUN_KERAS = """
import sys
import numpy as np
from webapp.inference import load_classifier
classifier = load_classifier(sys.argv[1], runtime="keras")
np.save(sys.argv[3], classifier.classify(np.load(sys.argv[2])))
heat = classifier.explain(np.load(sys.argv[2])[0], 0)
assert heat.ndim == 2 and heat.max() <= 1
classifier.close()
print(classifier.runtime)
"""


def crops_of(seed: int = 0) -> np.ndarray:
    """64 images with large shapes, as faces have them; noise alone is like nothing that a model has seen."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (64, 6, 6, 1))
    return np.clip(coarse.repeat(8, 1).repeat(8, 2) + rng.normal(0, 8, (64, 48, 48, 1)), 0, 255).astype(
        np.uint8
    )


def python(program: str, *arguments: object, **environment: str) -> str:
    """Runs a program in a process of its own and returns the last line that it prints."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """Keras' answers on TensorFlow to `crops_of()`."""
    folder = tmp_path_factory.mktemp("keras")
    np.save(folder / "crops.npy", crops_of())
    runtime = python(
        RUN_KERAS, SHIPPED, folder / "crops.npy", folder / "answers.npy", KERAS_BACKEND="tensorflow"
    )
    assert "on TensorFlow" in runtime
    return np.load(folder / "answers.npy")


@pytest.fixture(params=RUNTIMES, ids=lambda p: f"{p[0]}-{p[1]}-{'int8' if p[2] == INT8 else 'float'}")
def classifier(request):
    runtime, precision, folder = request.param
    classifier = load_classifier(folder, runtime=runtime, precision=precision, threads=1, parallel=2)
    yield classifier
    classifier.close()


def tolerance_of(classifier) -> float:
    """Returns the card's tolerance; coarser rounding moves answers as unsure as those to `crops_of()` further."""
    factor = {"int8": 5, "bfloat16": 2}.get(classifier.runtime.rpartition(", ")[2], 1)
    return factor * classifier.card.probe.tolerance


def test_every_runtime_answers_like_keras_also_to_several_threads_at_once(classifier, expected):
    crops = crops_of()
    tolerance = tolerance_of(classifier)
    together = classifier.classify(crops)
    assert together == pytest.approx(expected, abs=tolerance)
    assert together.dtype == np.float32
    assert together.sum(axis=1) == pytest.approx(np.ones(64), abs=1e-3)
    with ThreadPoolExecutor(4) as pool:
        parts = list(pool.map(classifier.classify, np.split(crops, 16)))
    assert np.concatenate(parts) == pytest.approx(together, abs=max(1e-5, tolerance / 10))


def test_no_crops_give_no_rows_whatever_computes(classifier):
    assert classifier.classify(np.empty((0, 48, 48, 1), np.uint8)).shape == (0, 7)


def test_jax_answers_like_tensorflow(tmp_path, expected):
    np.save(tmp_path / "crops.npy", crops_of())
    runtime = python(
        RUN_KERAS, SHIPPED, tmp_path / "crops.npy", tmp_path / "answers.npy", KERAS_BACKEND="jax"
    )
    assert "on JAX" in runtime
    assert np.load(tmp_path / "answers.npy") == pytest.approx(expected, abs=1e-4)


def test_the_int8_model_hardly_changes_a_label(expected):
    classifier = load_classifier(INT8, runtime="onnx")
    same = classifier.classify(crops_of()).argmax(1) == expected.argmax(1)
    classifier.close()
    assert same.mean() > 0.9
    parity = classifier.card.content["files"]["model.onnx"]["parity"]
    assert parity["top1_agreement"] >= 0.99


def test_an_int8_model_without_its_source_cannot_be_explained_and_keras_cannot_run_it(tmp_path):
    alone = shutil.copytree(INT8, tmp_path / INT8.name)
    classifier = load_classifier(alone, runtime="onnx")
    with pytest.raises(NotExplainable):
        classifier.explain(crops_of()[0], 0)
    classifier.close()
    message = refusal(alone, "keras")
    assert (
        "has no model.keras: its card names model.onnx. Set CLASSIFIER to auto, onnx or openvino." in message
    )


@pytest.mark.parametrize(
    ("precision", "name"),
    [("auto", INT8.name), ("int8", INT8.name), ("float32", SHIPPED.name), ("bfloat16", SHIPPED.name)],
)
def test_the_precision_chooses_the_variant_beside_the_model(precision, name):
    classifier = load_classifier(SHIPPED, runtime="openvino", precision=precision)
    assert classifier.card.name == name
    assert precision in (*("auto", "float32"), *classifier.runtime.split())
    classifier.close()


def test_a_model_without_a_variant_is_itself_or_one_sentence(artifact):
    load_classifier(artifact, runtime="onnx", precision="auto").close()
    with pytest.raises(ModelError, match="has no int8 variant: expected .*-int8.*PRECISION=float32"):
        load_classifier(artifact, runtime="onnx", precision="int8")


def test_a_variant_of_another_model_is_left_alone(artifact, tmp_path):
    model = shutil.copytree(artifact, tmp_path / "other")
    shutil.copytree(INT8, tmp_path / "other-int8")
    classifier = load_classifier(model, runtime="onnx", precision="auto")
    assert classifier.card.name == "tiny"
    classifier.close()


@pytest.mark.slow
def test_the_labels_of_an_int8_model_are_explained_by_the_model_that_it_was_made_from():
    classifier = load_classifier(SHIPPED, runtime="onnx", precision="int8")
    heat = classifier.explain(crops_of()[0], 3)
    classifier.close()
    assert min(heat.shape) >= 8
    assert heat.max() == pytest.approx(1)


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_auto_loads_neither_tensorflow_nor_telemetry(precision):
    program = """
        import sys
        from webapp.inference import load_classifier, loading
        loading.has_gpu = lambda: False
        load_classifier(sys.argv[1]).close()
        print([name for name in ("tensorflow", "keras", "jax", "openvino_telemetry") if sys.modules.get(name)])
    """
    assert python(program, SHIPPED if precision == "float32" else INT8) == "[]"


READ = """
import sys
from countenance import Reader
with Reader(sys.argv[1]) as reader:
    print(reader.read(sys.argv[2])[0].label)
"""
LOAD = """
import sys
from training.artifacts.formats import load_onnx
load_onnx(sys.argv[1] + "/model.onnx")
print("loaded")
"""


@pytest.mark.parametrize("program", [READ, LOAD], ids=["reader", "training"])
def test_no_runtime_leaves_an_identifier_or_a_database_at_home(tmp_path, program):
    """ONNX Runtime and OpenVINO send how they are used, with a number for the device, unless told not to."""
    home, photo = tmp_path / "home", tmp_path / "face.jpg"
    home.mkdir()
    photo.write_bytes(face_jpeg())
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}  # in CI they refrain by themselves
    subprocess.run(
        [sys.executable, "-c", program, SHIPPED, photo], cwd=ROOT, env=environment, check=True, timeout=240
    )
    assert not {"Microsoft", "intel"} & {path.name for path in home.rglob("*")}


@pytest.fixture
def copy(tmp_path):
    """A copy of the int8 artifact that a test may damage."""
    return shutil.copytree(INT8, tmp_path / "copy", ignore=shutil.ignore_patterns("*.sig"))


def refusal(folder: Path, runtime: str) -> str:
    with pytest.raises(ModelError) as caught:
        load_classifier(folder, runtime=runtime)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


@pytest.mark.parametrize("runtime", ["onnx", "openvino", "auto"])
def test_another_file_than_the_cards_is_refused(copy, runtime):
    with (copy / "model.onnx").open("ab") as file:
        file.write(b" ")
    assert "is not the file that its card describes: expected sha256" in refusal(copy, runtime)


@pytest.mark.parametrize("runtime", ["onnx", "openvino", "auto"])
def test_a_missing_file_is_refused(copy, runtime):
    (copy / "model.onnx").unlink()
    assert "No model at" in refusal(copy, runtime)


@pytest.mark.parametrize("runtime", ["onnx", "openvino"])
def test_a_damaged_file_with_a_fitting_card_is_refused(copy, runtime):
    from training.artifacts.card import file_entry

    path = copy / "model.onnx"
    path.write_bytes(path.read_bytes()[:100_000])
    entry = read_card(copy).content["files"]["model.onnx"] | file_entry(path)
    edit_card(copy, files={"model.onnx": entry})
    assert "cannot read" in refusal(copy, runtime)
    assert "cannot read" in refusal(copy, "auto")


@pytest.mark.parametrize(("runtime", "package"), [("onnx", "onnxruntime"), ("openvino", "openvino")])
def test_a_package_that_is_not_installed_is_named(monkeypatch, runtime, package):
    monkeypatch.setitem(sys.modules, package, None)
    message = refusal(INT8, runtime)
    assert f"CLASSIFIER={runtime} needs a package that is not installed" in message
    assert "`pip install -r requirements.txt` brings it." in message


@pytest.mark.parametrize(("missing", "left"), [("onnxruntime", "OpenVINO"), ("openvino", "ONNX Runtime")])
def test_auto_takes_the_runtime_that_is_left(monkeypatch, missing, left):
    monkeypatch.setitem(sys.modules, missing, None)
    classifier = load_classifier(INT8)
    classifier.close()
    assert classifier.runtime.startswith(left)


def test_auto_takes_keras_where_no_runtime_is_left(monkeypatch):
    for package in ("onnxruntime", "openvino"):
        monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr(loading, "has_gpu", lambda: False)
    classifier = load_classifier(SHIPPED, threads=1)
    classifier.close()
    assert classifier.runtime.startswith("Keras")
    assert "No installed runtime can run" in refusal(INT8, "auto")


def test_without_keras_labels_stay_and_explanations_are_refused(monkeypatch):
    """A wheel brings Keras by an extra alone; on a machine with a GPU, too."""
    monkeypatch.setattr(loading, "has_keras", lambda: False)
    monkeypatch.setattr(loading, "has_gpu", lambda: True)
    classifier = load_classifier(SHIPPED)
    assert classifier.classify(crops_of()[:1]).shape == (1, 7)
    with pytest.raises(NotExplainable, match=r"takes Keras, which is not installed.*countenance\[train\]"):
        classifier.explain(crops_of()[0], 0)
    classifier.close()
    with pytest.raises(ModelError, match="Only Keras can run .* and it is not installed"):
        load_classifier(SHIPPED, runtime="keras")
