"""Runs a Keras model through TensorFlow; the only place of the app that imports either."""

from __future__ import annotations

import hashlib
import logging
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from webapp.errors import ModelError
from webapp.inference.card import MODEL_FILE, Card
from webapp.inference.saliency import make_heat

BATCH_SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
"""Compiled sizes: at most a third of a padded batch is wasted, and no visitor waits for a new trace."""

UNREADABLE = (OSError, ValueError, TypeError, KeyError, AttributeError, ImportError, zipfile.BadZipFile)
"""What Keras raises on a file that is broken, unsafe or of another version."""

logger = logging.getLogger(__name__)


class KerasBackend:
    """A loaded model as one compiled function per batch size.

    `model.predict` costs more than the model at these sizes (keras#13118), and a new batch size would be
    traced while a visitor waits: so sizes are fixed, padded to, compiled and run once beforehand.

    `run` is not for several threads at once: the micro-batcher calls it on one. `explain` is.

    Attributes:
        explain: See `make_heat`; `None` for a model that cannot be explained.
    """

    def __init__(self, model: Any, input_shape: tuple[int, int, int]) -> None:
        """Compiles and warms up every batch size.

        Args:
            model: Keras model, `(n, height, width, channels)` to `(n, num_labels)`.
            input_shape: Height, width and channels.
        """
        import tensorflow as tf

        step = tf.function(lambda crops: model(tf.cast(crops, tf.float32), training=False))
        self._steps: dict[int, Callable] = {}
        for size in BATCH_SIZES:
            signature = tf.TensorSpec((size, *input_shape), tf.uint8)
            self._steps[size] = step.get_concrete_function(signature)
            self._steps[size](tf.zeros((size, *input_shape), tf.uint8))
        self.explain = make_heat(model, input_shape)

    def run(self, crops: np.ndarray) -> np.ndarray:
        """Returns probabilities, float32 `(n, num_labels)`, for uint8 crops `(n, height, width, channels)`, n >= 1."""
        largest = BATCH_SIZES[-1]
        chunks = [crops[start : start + largest] for start in range(0, len(crops), largest)]
        return np.concatenate([self._run_padded(chunk) for chunk in chunks])

    def _run_padded(self, crops: np.ndarray) -> np.ndarray:
        import tensorflow as tf

        size = next(size for size in BATCH_SIZES if size >= len(crops))
        padded = np.zeros((size, *crops.shape[1:]), np.uint8)
        padded[: len(crops)] = crops
        return np.asarray(self._steps[size](tf.constant(padded)), np.float32)[: len(crops)]


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
    path = model_dir / MODEL_FILE
    _check_hash(path, card.sha256)
    import keras

    if keras.backend.backend() != "tensorflow":
        raise ModelError(
            "The server runs models with TensorFlow: expected KERAS_BACKEND=tensorflow, "
            f"received {keras.backend.backend()}. Unset KERAS_BACKEND."
        )
    _set_threads(threads)
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except UNREADABLE as error:
        reason = " ".join(str(error).split())[:200]
        raise ModelError(
            f"Keras {keras.__version__} cannot read {path}: {reason}. Export it again."
        ) from error
    _check_shapes(model, card, path)
    return KerasBackend(model, card.input_shape)


def _check_hash(path: Path, expected: str) -> None:
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(
            f"No model at {path} ({error.strerror}). Set MODEL_DIR to a complete artifact."
        ) from error
    if found != expected:
        raise ModelError(
            f"{path} is not the file that its card describes: expected sha256 {expected[:12]}…, "
            f"received {found[:12]}…. Put the right file back or export the model again."
        )


def _check_shapes(model: Any, card: Card, path: Path) -> None:
    expected = (None, *card.input_shape), (None, len(card.labels))
    received = tuple(model.input_shape), tuple(model.output_shape)
    if received != expected:
        raise ModelError(
            f"{path} has another input or output size than its card: expected {expected[0]} to {expected[1]}, "
            f"received {received[0]} to {received[1]}. Export the model again."
        )


def _set_threads(threads: int) -> None:
    import tensorflow as tf

    if threads == tf.config.threading.get_intra_op_parallelism_threads():
        return
    try:
        tf.config.threading.set_intra_op_parallelism_threads(threads)
    except RuntimeError:  # TensorFlow fixes its pool at its first operation
        logger.warning("TensorFlow already runs: its number of threads stays as it is, not %d.", threads)
