"""Runs `model.onnx` in OpenVINO; the only place of the app that imports it."""

from __future__ import annotations

import sys
from collections import deque
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from webapp.concurrency.native_threads import native_threading, niceness_of_this_thread
from webapp.errors import ModelError
from webapp.inference.card import ONNX_FILE, Card, check_file
from webapp.inference.onnx_backend import check_shapes

PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}


class OpenVinoBackend:
    """A model compiled for streams of one thread each, callable from many threads at once.

    OpenVINO computes on threads of its own. So that photos give way to frames here too, callers of each niceness get a
    compiled model of their own, whose threads inherit that niceness; it is compiled at the first call.
    """

    def __init__(self, path: Path, card: Card, *, streams: int = 1, precision: str = "float32") -> None:
        """Loads a checked file and compiles it.

        Args:
            path: Path of the model.
            card: Card of the model.
            streams: Calls worked on at once, one thread each, at least 1.
            precision: Key of `PRECISIONS`.

        Raises:
            ImportError: If OpenVINO is not installed.
            ModelError: If the file cannot be read, or has another input or output than its card.
        """
        openvino = import_openvino()
        version = openvino.__version__.partition("-")[0]
        shown = precision if card.precision == "float32" else card.precision
        self.runtime = f"OpenVINO {version}, {shown}"
        self._core = openvino.Core()
        self._config = {
            "INFERENCE_PRECISION_HINT": PRECISIONS[precision],
            "INFERENCE_NUM_THREADS": streams,
            "NUM_STREAMS": streams,
            "ENABLE_CPU_PINNING": False,  # several servers on one machine would pin to the same cores
        }
        try:
            self._model = _with_byte_input(self._core.read_model(str(path)))
            self._instances = {niceness_of_this_thread(): self._compile()}
        except RuntimeError as error:
            raise ModelError(
                f"{self.runtime} cannot read {path}: {' '.join(str(error).split())[:200]}. Convert the model again."
            ) from error
        entry, exit_ = self._model.input(0).partial_shape, self._model.output(0).partial_shape
        check_shapes(_lengths(entry), _lengths(exit_), card, path)
        self._compiling = native_threading().Lock()

    def run(self, crops: np.ndarray) -> np.ndarray:
        """See `Backend.run`; callable from several threads."""
        instance = self._instances.get(niceness_of_this_thread()) or self._compile_for_this_thread()
        return instance.run(crops)

    def _compile(self) -> _Instance:
        return _Instance(self._core.compile_model(self._model, "CPU", self._config))

    def _compile_for_this_thread(self) -> _Instance:
        niceness = niceness_of_this_thread()
        with self._compiling:
            if niceness not in self._instances:
                self._instances[niceness] = self._compile()
            return self._instances[niceness]


class _Instance:
    """A compiled model and the requests of it that are not in use."""

    def __init__(self, compiled: Any) -> None:
        self._compiled = compiled
        self._idle: deque[Any] = deque()

    def run(self, crops: np.ndarray) -> np.ndarray:
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._compiled.create_infer_request()
        answer = request.infer({0: np.ascontiguousarray(crops)}, share_inputs=True, share_outputs=True)[0]
        probs = np.array(answer, np.float32)  # a copy: the request keeps its own for the next call
        self._idle.append(request)
        return probs


def load_openvino_backend(
    model_dir: Path, card: Card, *, streams: int, precision: str = "float32"
) -> OpenVinoBackend:
    """Loads `model.onnx` of an artifact: only the file that its card names.

    Args:
        model_dir: Folder of the artifact.
        card: Its card.
        streams: See `OpenVinoBackend`.
        precision: See `OpenVinoBackend`.

    Raises:
        ImportError: If OpenVINO is not installed.
        ModelError: See `OpenVinoBackend` and `check_file`.
    """
    return OpenVinoBackend(check_file(model_dir, card, ONNX_FILE), card, streams=streams, precision=precision)


def import_openvino() -> ModuleType:
    """Returns OpenVINO without its telemetry.

    Its import would fork the server and send "general_import" to Google Analytics: nobody has agreed to that, and the
    fork keeps the server's sockets. Without the package that sends, OpenVINO uses its own stub.

    Raises:
        ImportError: If OpenVINO is not installed.
    """
    # The documented way to refuse an import.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino
    import openvino.preprocess

    return openvino


def _with_byte_input(model: Any) -> Any:
    """Returns the model with uint8 input: crops go in as they are cut."""
    openvino = import_openvino()
    steps = openvino.preprocess.PrePostProcessor(model)
    steps.input().tensor().set_element_type(openvino.Type.u8)
    return steps.build()


def _lengths(shape: Any) -> list[int]:
    return [dimension.get_length() if dimension.is_static else -1 for dimension in shape]
