"""The one door to the model: what the app knows of it is a `Classifier`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from webapp.errors import NotExplainable
from webapp.inference.batcher import MicroBatcher
from webapp.inference.card import INPUT_SHAPE, LABELS, Card, CropRule, read_card
from webapp.inference.probe import check_probe

__all__ = ["LABELS", "Card", "Classifier", "CropRule", "MicroBatcher", "load_classifier", "read_card"]


class Classifier(Protocol):
    """Expression probabilities for face crops, whatever computes them."""

    @property
    def card(self) -> Card:
        """What the model is."""

    def classify(self, crops: np.ndarray) -> np.ndarray:
        """Blocks until the answer is there; callable from several real threads.

        Args:
            crops: uint8 `(n, 48, 48, 1)`, grey 0..255.

        Returns:
            float32 `(n, num_labels)`, each row sums to 1, in the card's label order.

        Raises:
            ServerBusy: If too many crops wait already.
            ModelError: If the model fails.
        """

    def explain(self, crop: np.ndarray, label: int) -> np.ndarray:
        """Says where in a face the model saw what speaks for a label. Blocks; callable from several real threads.

        Args:
            crop: uint8 `(48, 48, 1)`, grey 0..255.
            label: Index in the card's label order.

        Returns:
            float32 `(rows, columns)`, 0..1, a coarse map of the crop; all 0 if nothing speaks for the label.

        Raises:
            NotExplainable: If whatever computes the answers cannot say.
        """

    def close(self) -> None:
        """Ends its threads; may be called twice."""


class BatchedClassifier:
    """A backend in this process behind the micro-batcher."""

    def __init__(
        self,
        card: Card,
        batcher: MicroBatcher,
        explain: Callable[[np.ndarray, int], np.ndarray] | None = None,
    ) -> None:
        """Takes both over: `close` closes the batcher.

        Args:
            card: What the model is.
            batcher: Runs it.
            explain: `(crop, label) -> heat`, if the model can be explained.
        """
        self.card = card
        self._batcher = batcher
        self._explain = explain

    def classify(self, crops: np.ndarray) -> np.ndarray:
        """See `Classifier.classify`; no crops give no rows, without a turn in the queue."""
        if crops.dtype != np.uint8 or crops.shape[1:] != INPUT_SHAPE:
            raise ValueError(
                f"`crops` must be uint8 of shape (n, 48, 48, 1). Received: {crops.dtype} of shape {crops.shape}"
            )
        if not len(crops):
            return np.empty((0, len(self.card.labels)), np.float32)
        return self._batcher.classify(crops)

    def explain(self, crop: np.ndarray, label: int) -> np.ndarray:
        """See `Classifier.explain`; it does not wait in the batcher's queue."""
        if crop.dtype != np.uint8 or crop.shape != INPUT_SHAPE:
            raise ValueError(
                f"`crop` must be uint8 of shape (48, 48, 1). Received: {crop.dtype} of shape {crop.shape}"
            )
        if not 0 <= label < len(self.card.labels):
            raise ValueError(f"`label` must be an index below {len(self.card.labels)}. Received: {label}")
        if self._explain is None:
            raise NotExplainable(
                f"The model {self.card.name} has no feature maps to look at, so its labels cannot be explained."
            )
        return self._explain(crop, label)

    def close(self) -> None:
        """Ends the batcher's thread."""
        self._batcher.close()


def load_classifier(model_dir: Path | str, *, threads: int = 0, max_waiting: int = 256) -> Classifier:
    """Loads an artifact, checks it against its card, compiles and warms it up (some seconds).

    Call it in the process that serves, never before a fork: TensorFlow hangs in the child.

    Args:
        model_dir: Folder with `model.keras` and `card.json`.
        threads: CPU threads of one operation; 0 lets the backend choose.
        max_waiting: Crops that may wait before the server says that it is busy.

    Returns:
        A classifier that has answered its probe.

    Raises:
        ModelError: With one sentence that says what is wrong and what to do.
    """
    from webapp.inference.keras_backend import BATCH_SIZES, load_keras_backend

    model_dir = Path(model_dir)
    card = read_card(model_dir)
    backend = load_keras_backend(model_dir, card, threads=threads)
    check_probe(card.probe, backend.run)
    batcher = MicroBatcher(backend.run, max_batch=BATCH_SIZES[-1], max_waiting=max_waiting)
    return BatchedClassifier(card, batcher, backend.explain)
