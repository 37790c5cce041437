"""Runs a Keras model through TensorFlow or JAX; with `saliency.py` the only place of the app that imports them."""

from __future__ import annotations

import importlib
import logging
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from webapp.errors import ModelError
from webapp.inference.card import MODEL_FILE, Card, check_file
from webapp.inference.onnx_backend import check_shapes
from webapp.inference.quiet import load_backend
from webapp.inference.saliency import make_heat

BATCH_SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
"""Compiled sizes: at most a third of a padded batch is wasted, and no visitor waits for a new trace."""

BACKENDS = ("tensorflow", "jax")

UNREADABLE = (OSError, ValueError, TypeError, KeyError, AttributeError, ImportError, zipfile.BadZipFile)
"""What Keras raises on a file that is broken, unsafe or of another version."""

logger = logging.getLogger(__name__)


class KerasBackend:
    """A loaded model as one compiled function per batch size.

    `model.predict` costs more than the model at these sizes (keras#13118), and a new batch size would be
    traced while a visitor waits: so sizes are fixed, padded to, compiled and run once beforehand.

    `run` is not for several threads at once: the micro-batcher calls it on one. `explain` is.

    Attributes:
        runtime: See `Backend`.
        explain: See `make_heat`; `None` for a model that cannot be explained.
    """

    def __init__(self, model: Any, input_shape: tuple[int, int, int]) -> None:
        """Compiles and warms up every batch size.

        Args:
            model: Keras model, `(n, height, width, channels)` to `(n, num_labels)`.
            input_shape: Height, width and channels.
        """
        self.runtime = _describe_runtime()
        step = compiled_step(model, input_shape)
        self._steps: dict[int, Callable[[np.ndarray], Any]] = {}
        for size in BATCH_SIZES:
            self._steps[size] = step(size)
            self._steps[size](np.zeros((size, *input_shape), np.uint8))
        self.explain = make_heat(model, input_shape)

    def run(self, crops: np.ndarray) -> np.ndarray:
        """See `Backend.run`; not for several threads at once."""
        largest = BATCH_SIZES[-1]
        chunks = [crops[start : start + largest] for start in range(0, len(crops), largest)]
        return np.concatenate([self._run_padded(chunk) for chunk in chunks])

    def _run_padded(self, crops: np.ndarray) -> np.ndarray:
        size = next(size for size in BATCH_SIZES if size >= len(crops))
        padded = np.zeros((size, *crops.shape[1:]), np.uint8)
        padded[: len(crops)] = crops
        return np.asarray(self._steps[size](padded), np.float32)[: len(crops)]


def compiled_step(model: Any, input_shape: tuple[int, int, int]) -> Callable[[int], Callable]:
    """Returns a function from a batch size to the model as one compiled function of uint8 crops."""
    import keras

    if keras.backend.backend() == "jax":
        import jax

        weights = [
            [v.value for v in some] for some in (model.trainable_variables, model.non_trainable_variables)
        ]
        jitted = jax.jit(
            lambda crops: model.stateless_call(*weights, crops.astype("float32"), training=False)[0]
        )
        return lambda size: jitted
    import tensorflow as tf

    traced = tf.function(lambda crops: model(tf.cast(crops, tf.float32), training=False))

    def of_size(size: int) -> Callable:
        step = traced.get_concrete_function(tf.TensorSpec((size, *input_shape), tf.uint8))
        return lambda crops: step(tf.constant(crops))

    return of_size


def sees_gpu() -> bool:
    """Whether Keras' backend can compute on a GPU; loads the backend."""
    load_backend()
    import keras

    if keras.backend.backend() == "jax":
        import jax

        return jax.default_backend() != "cpu"
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))


def _describe_runtime() -> str:
    import keras

    name = keras.backend.backend()
    module = importlib.import_module(name)
    shown = {"tensorflow": "TensorFlow", "jax": "JAX"}[name]
    return f"Keras {keras.__version__} on {shown} {module.__version__}, {'GPU' if sees_gpu() else 'CPU'}"


def load_keras_backend(model_dir: Path, card: Card, *, threads: int = 0) -> KerasBackend:
    """Loads `model.keras` of an artifact: only the file that its card names, and only in safe mode.

    Args:
        model_dir: The artifact's folder.
        card: Its card.
        threads: CPU threads of one TensorFlow operation; 0 lets TensorFlow choose.

    Returns:
        The backend, compiled and warm.

    Raises:
        ModelError: If the file is missing, is another file, cannot be read, or has another input or output.
    """
    path = check_file(model_dir, card, MODEL_FILE)
    return KerasBackend(load_keras_model(path, card, threads=threads), card.input_shape)


def load_keras_model(path: Path, card: Card, *, threads: int = 0) -> Any:
    """Loads a checked file, in safe mode.

    Args:
        path: Path of the model.
        card: Its card.
        threads: See `load_keras_backend`.

    Raises:
        ModelError: If the file cannot be read, or has another input or output than its card.
    """
    load_backend()
    import keras

    if keras.backend.backend() not in BACKENDS:
        raise ModelError(
            "The server runs models with TensorFlow or JAX: expected KERAS_BACKEND to be one of "
            f"{', '.join(BACKENDS)}, received {keras.backend.backend()}. Unset KERAS_BACKEND."
        )
    _set_threads(threads)
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except UNREADABLE as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(
            f"Keras {keras.__version__} cannot read {path}: {reason}. Export it again."
        ) from error
    check_shapes(model.input_shape, model.output_shape, card, path)
    return model


def _set_threads(threads: int) -> None:
    import keras

    if keras.backend.backend() != "tensorflow":
        return
    import tensorflow as tf

    if threads == tf.config.threading.get_intra_op_parallelism_threads():
        return
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    except RuntimeError:  # TensorFlow fixes its pool at its first operation
        logger.warning("TensorFlow already runs: its number of threads stays as it is, not %d.", threads)
