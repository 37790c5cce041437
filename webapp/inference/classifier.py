"""What the app knows of the model: a `Classifier`, whatever computes its answers."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from webapp.inference.card import Card


class Classifier(Protocol):
    """Expression probabilities for face crops, whatever computes them."""

    @property
    def card(self) -> Card:
        """What the model is."""

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
        """

    def close(self) -> None:
        """Ends its threads; may be called twice."""
