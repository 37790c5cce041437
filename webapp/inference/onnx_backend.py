"""Runs `model.onnx` in ONNX Runtime; the only place of the app, beside the face detector, that imports it."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from webapp.errors import ModelError
from webapp.inference.card import ONNX_FILE, Card, check_file


class OnnxBackend:
    """A session of one thread per call, callable from many threads at once.

    A call works on the thread that makes it, at that thread's priority: frames and photos share the model without
    waiting for each other.
    """

    def __init__(self, path: Path, card: Card) -> None:
        """Loads a checked file.

        Args:
            path: Path of the model.
            card: Card of the model.

        Raises:
            ImportError: If ONNX Runtime is not installed.
            ModelError: If the file cannot be read, or has another input or output than its card.
        """
        onnxruntime = import_onnxruntime()
        self.runtime = f"ONNX Runtime {onnxruntime.__version__}, {card.precision}"
        try:
            self._session = onnxruntime.InferenceSession(
                str(path), one_thread_options(), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # noqa: BLE001 - ONNX Runtime's own errors share no base class but this one
            raise ModelError(
                f"{self.runtime} cannot read {path}: {' '.join(str(error).split())[:200]}. Convert the model again."
            ) from error
        entry, exit_ = self._session.get_inputs()[0], self._session.get_outputs()[0]
        check_shapes(entry.shape, exit_.shape, card, path)
        self._entry = entry.name

    def run(self, crops: np.ndarray) -> np.ndarray:
        """See `Backend.run`; callable from several threads."""
        return self._session.run(None, {self._entry: crops.astype(np.float32)})[0]


def load_onnx_backend(model_dir: Path, card: Card) -> OnnxBackend:
    """Loads `model.onnx` of an artifact: only the file that its card names; raises as `OnnxBackend`, `check_file`."""
    return OnnxBackend(check_file(model_dir, card, ONNX_FILE), card)


def import_onnxruntime() -> ModuleType:
    """Returns ONNX Runtime without its telemetry.

    From 1.29 on its import writes an identifier of the device and a database into `~/.cache/Microsoft`, and a thread
    sends what it collects to Microsoft. Only the environment prevents that, before the import:
    `disable_telemetry_events` is too late.

    Raises:
        ImportError: If ONNX Runtime is not installed.
    """
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # whatever stood there: nobody has agreed
    import onnxruntime

    return onnxruntime


def one_thread_options() -> Any:
    """Returns the options of a session whose calls work on the caller's thread alone.

    Two threads in an operation as small as these burn up to twice the processor time of one; several callers use the
    cores better (`python -m benchmarks.serving.runtimes`).
    """
    options = import_onnxruntime().SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3  # errors: they also come as exceptions
    return options


def check_shapes(entry: Any, exit_: Any, card: Card, path: Path) -> None:
    """Compares a model's input and output with its card.

    Args:
        entry: Shape of the input; its first entry, the batch, may be anything.
        exit_: Shape of the output.
        card: Card of the model.
        path: Path of the model, for the error.

    Raises:
        ModelError: If they differ.
    """
    expected = (None, *card.input_shape), (None, len(card.labels))
    received = (None, *entry[1:]), (None, *exit_[1:])
    if received != expected:
        raise ModelError(
            f"{path} has another input or output size than its card: expected {expected[0]} to {expected[1]}, "
            f"received {received[0]} to {received[1]}. Export the model again."
        )
