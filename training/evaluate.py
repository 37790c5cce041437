"""Measures an artifact on a split, single pass and with the mirrored image averaged in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.data.faces import LABELS, Faces
from training.metrics import (
    balanced_accuracy,
    confusion_matrix,
    cross_entropy,
    expected_calibration_error,
    per_class,
    top1_accuracy,
)

BATCH_SIZE = 256
Predict = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Result:
    """What a set of probabilities is worth against labels.

    Attributes:
        num_images: Size of the split.
        accuracy: Share right, 0..1.
        balanced_accuracy: Mean recall over labels, 0..1.
        nll: Cross-entropy in nats.
        ece: Expected calibration error, 15 bins, 0..1.
        confusion: int array `(7, 7)`, row = true label.
    """

    num_images: int
    accuracy: float
    balanced_accuracy: float
    nll: float
    ece: float
    confusion: np.ndarray

    def as_dict(self) -> dict[str, Any]:
        """Returns the figures as the card holds them."""
        return {
            "n": self.num_images,
            "accuracy": round(self.accuracy, 6),
            "balanced_accuracy": round(self.balanced_accuracy, 6),
            "nll": round(self.nll, 6),
            "ece": round(self.ece, 6),
            "per_class": [
                {"label": label, **figures}
                for label, figures in zip(LABELS, per_class(self.confusion), strict=True)
            ],
            "confusion": self.confusion.tolist(),
        }


def predict_all(predict: Predict, images: np.ndarray, *, flip: bool = False) -> np.ndarray:
    """Returns probabilities `(n, 7)` for uint8 images `(n, 48, 48, 1)`.

    Args:
        predict: Maps one batch of images to probabilities.
        images: All images.
        flip: Average in the mirrored image (test-time augmentation).
    """
    chunks = [images[i : i + BATCH_SIZE] for i in range(0, len(images), BATCH_SIZE)]
    plain = np.concatenate([np.asarray(predict(chunk)) for chunk in chunks])
    return (plain + predict_all(predict, images[:, :, ::-1])) / 2 if flip else plain


def measure(probabilities: np.ndarray, labels: np.ndarray) -> Result:
    """Compares probabilities `(n, 7)` with labels `(n,)`."""
    confusion = confusion_matrix(probabilities, labels)
    return Result(
        num_images=len(labels),
        accuracy=top1_accuracy(probabilities, labels),
        balanced_accuracy=balanced_accuracy(confusion),
        nll=cross_entropy(probabilities, labels),
        ece=expected_calibration_error(probabilities, labels),
        confusion=confusion,
    )


def evaluate(predict: Predict, faces: Faces) -> dict[str, Result]:
    """Measures `single` pass and `flip` averaging on one split."""
    return {
        name: measure(predict_all(predict, faces.images, flip=flip), faces.labels)
        for name, flip in (("single", False), ("flip", True))
    }
