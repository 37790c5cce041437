"""Exports to ONNX, LiteRT and SavedModel, each compared with the Keras model in its own runtime."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import keras
import numpy as np

from training.artifacts.card import file_entry
from training.data.batches import Predict, predict_all
from training.errors import TrainingError

NUM_PARITY_IMAGES = 500
TOLERANCE = 1e-3
"""Maximum difference of a probability. Sums of float32 in another order differ by about 1e-6."""


@dataclass(frozen=True)
class Parity:
    """Comparison of an exported file's answers with the Keras model's.

    Attributes:
        format: `onnx`, `litert` or `saved_model`.
        path: Path of the file or folder.
        bytes: Size of the file or folder.
        num_images: Number of images compared.
        max_difference: Maximum difference of a probability, 0..1.
        top1_agreement: Share of images with the same predicted label, 0..1.
    """

    format: str
    path: str
    bytes: int
    num_images: int
    max_difference: float
    top1_agreement: float

    def as_dict(self) -> dict[str, Any]:
        """Returns the comparison as JSON values."""
        return asdict(self)


def convert(model: keras.Model, images: np.ndarray, out_dir: Path, formats: list[str]) -> list[Parity]:
    """Writes the model in other formats, loads each file in its own runtime and compares the answers.

    Args:
        model: Model from grey images `(n, 48, 48, 1)`, 0..255, to probabilities `(n, k)`. TensorFlow must be Keras'
            backend.
        images: uint8 array `(n, 48, 48, 1)`, images to compare on.
        out_dir: Folder of `model.onnx`, `model.tflite` and `saved_model/`, which are replaced.
        formats: Keys of `FORMATS`.

    Returns:
        One comparison per format, which `parity.json` in that folder stores too.

    Raises:
        TrainingError: If a converter is missing or fails, or a file's answers differ by more than `TOLERANCE`.
    """
    if keras.backend.backend() != "tensorflow":
        raise TrainingError(f"Export needs KERAS_BACKEND=tensorflow. Received: {keras.backend.backend()}.")
    expected = predict_all(model.predict_on_batch, images)
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        found = [_convert_one(model, images, expected, out_dir, name) for name in formats]
        report = [parity.as_dict() for parity in found]
        (out_dir / "parity.json").write_text(json.dumps(report, indent=1) + "\n")
    except ImportError as error:
        raise TrainingError(
            f"A package is missing ({error}). Run `make setup-dev`, or install the extra `train`."
        ) from error
    except OSError as error:
        raise TrainingError(f"{out_dir} cannot be written ({error.strerror or error}).") from error
    return found


def ship_onnx(images: np.ndarray, model_dir: Path) -> dict[str, Any]:
    """Writes `model.onnx` into an artifact, for servers without TensorFlow.

    Args:
        images: uint8 array `(n, 48, 48, 1)`; at most `NUM_PARITY_IMAGES` of them are compared.
        model_dir: Folder of the artifact, with its `model.keras`: what is written is that file, not a model in memory.

    Returns:
        The file's entry for the card, with its parity.

    Raises:
        TrainingError: See `convert`.
    """
    model = keras.saving.load_model(model_dir / "model.keras", compile=False, safe_mode=True)
    with tempfile.TemporaryDirectory(dir=model_dir.parent, prefix=".onnx-") as folder:
        (parity,) = convert(model, images[:NUM_PARITY_IMAGES], Path(folder), ["onnx"])
        Path(parity.path).replace(model_dir / "model.onnx")
    compared = ("num_images", "max_difference", "top1_agreement")
    return file_entry(model_dir / "model.onnx") | {
        "parity": {name: getattr(parity, name) for name in compared}
    }


def _convert_one(
    model: keras.Model, images: np.ndarray, expected: np.ndarray, out_dir: Path, name: str
) -> Parity:
    file_name, load = FORMATS[name]
    path = out_dir / file_name
    _write(model, path, name)
    answers = predict_all(load(path), images)
    difference = float(np.abs(answers - expected).max())
    if not difference <= TOLERANCE:  # true for NaN as well
        raise TrainingError(
            f"{path} does not match the Keras model: probabilities differ by up to {difference:.2g}, and at most "
            f"{TOLERANCE:g} is allowed. Do not use the file."
        )
    agreement = float(np.mean(answers.argmax(1) == expected.argmax(1)))
    return Parity(name, str(path), _size(path), len(images), difference, agreement)


def _write(model: keras.Model, path: Path, name: str) -> None:
    """Writes one format to a temporary path, then replaces `path`."""
    import tensorflow as tf

    draft = path.with_name(f"draft-{path.name}")
    keras_name = {"saved_model": "tf_saved_model"}.get(name, name)
    try:
        with warnings.catch_warnings():
            # keras/src/export/tf2onnx_lib.py uses an alias that numpy 2 removed
            warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
            model.export(str(draft), format=keras_name, verbose=False)
        _remove(path)
        draft.replace(path)
    except tf.errors.OpError as error:  # TensorFlow's file errors are not OSErrors
        raise TrainingError(f"{path} cannot be written ({error.message.splitlines()[0]}).") from error
    finally:
        _remove(draft)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(file.stat().st_size for file in files)


def import_onnxruntime() -> ModuleType:
    """Returns ONNX Runtime without its telemetry, which its import would begin; see `webapp.inference.onnx_backend`."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime


def load_onnx(path: Path, output: str | None = None) -> Predict:
    """Loads an ONNX file.

    Args:
        path: Path of the file.
        output: Name of the output that is wanted. Default: the first.
    """
    session = import_onnxruntime().InferenceSession(str(path), providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    wanted = [output or session.get_outputs()[0].name]
    return lambda images: session.run(wanted, {name: np.asarray(images, np.float32)})[0]


def _load_litert(path: Path) -> Predict:
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path))
    entry, exit_ = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]

    def predict(images: np.ndarray) -> np.ndarray:
        interpreter.resize_tensor_input(entry, images.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(entry, np.asarray(images, np.float32))
        interpreter.invoke()
        return interpreter.get_tensor(exit_)

    return predict


def _load_saved_model(path: Path) -> Predict:
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))
    return lambda images: loaded.serve(tf.constant(images, tf.float32)).numpy()


FORMATS: dict[str, tuple[str, Callable[[Path], Predict]]] = {
    "onnx": ("model.onnx", load_onnx),
    "litert": ("model.tflite", _load_litert),
    "saved_model": ("saved_model", _load_saved_model),
}
"""File name of each format, and the function that loads it into its own runtime."""
