"""What the app knows of the model: a `Classifier`, whatever computes its answers, and the one of this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from webapp.errors import NotExplainable
from webapp.inference.card import INPUT_SHAPE, Card


class Classifier(Protocol):
    """Expression probabilities for face crops, whatever computes them."""

    @property
    def card(self) -> Card:
        """What the model is."""

    @property
    def runtime(self) -> str:
        """Name, version and precision of what computes the answers, for people."""

    @property
    def num_waiting(self) -> int:
        """Number of crops that wait for their answer."""

    def classify(self, crops: np.ndarray) -> np.ndarray:
        """Blocks until the answer is there; callable from several native threads.

        Args:
            crops: uint8 `(n, 48, 48, 1)`, grey 0..255.

        Returns:
            float32 `(n, num_labels)`, each row sums to 1, in the card's label order.

        Raises:
            ServerBusy: If too many crops wait already.
            ModelError: If the model fails.
        """

    def explain(self, crop: np.ndarray, label: int) -> np.ndarray:
        """Returns where in a face the model saw what supports a label. Blocks; callable from several native threads.

        Args:
            crop: uint8 `(48, 48, 1)`, grey 0..255.
            label: Index in the card's label order.

        Returns:
            float32 `(rows, columns)`, 0..1, a coarse map of the crop; all 0 if nothing speaks for the label.

        Raises:
            NotExplainable: If whatever computes the answers cannot say.
            ModelError: If the explanation fails or takes too long.
        """

    def close(self) -> None:
        """Ends its threads; may be called twice."""


class Calls(Protocol):
    """How crops reach a model: in batches on one thread, or each on its caller's."""

    @property
    def num_waiting(self) -> int:
        """Number of crops that wait for their answer."""

    def classify(self, crops: np.ndarray) -> np.ndarray:
        """See `Classifier.classify`; at least one crop."""

    def close(self) -> None:
        """Ends what it has begun; may be called twice."""


class LocalClassifier:
    """A model in this process."""

    def __init__(
        self,
        card: Card,
        calls: Calls,
        explain: Callable[[np.ndarray, int], np.ndarray] | None = None,
        *,
        runtime: str = "",
        close_explain: Callable[[], None] = lambda: None,
    ) -> None:
        """Takes its parts over: `close` closes them.

        Args:
            card: Card of the model.
            calls: How crops reach it.
            explain: Maker of saliency maps, `(crop, label) -> map`; `None` if the model has none.
            runtime: See `Classifier.runtime`.
            close_explain: Ends what `explain` has begun.
        """
        self.card, self.runtime = card, runtime
        self._calls, self._explain, self._close_explain = calls, explain, close_explain

    @property
    def num_waiting(self) -> int:
        """See `Classifier.num_waiting`."""
        return self._calls.num_waiting

    def classify(self, crops: np.ndarray) -> np.ndarray:
        """See `Classifier.classify`; no crops give no rows, without a turn in any queue."""
        if crops.dtype != np.uint8 or crops.shape[1:] != INPUT_SHAPE:
            raise ValueError(
                f"`crops` must be uint8 of shape (n, 48, 48, 1). Received: {crops.dtype} of shape {crops.shape}"
            )
        if not len(crops):
            return np.empty((0, len(self.card.labels)), np.float32)
        return self._calls.classify(crops)

    def explain(self, crop: np.ndarray, label: int) -> np.ndarray:
        """See `Classifier.explain`; it waits in no queue of crops."""
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
        """Ends what its parts have begun."""
        self._calls.close()
        self._close_explain()
