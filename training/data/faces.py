"""The data set as every part of `training` sees it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The label order of the product: FER2013's own."""

IMAGE_SIZE = 48


@dataclass(frozen=True)
class Faces:
    """Labelled grey face images of one split.

    Attributes:
        images: uint8 array `(n, 48, 48, 1)`, grey 0..255.
        labels: int64 array `(n,)`, indices into `LABELS`.
        split: The official name: `Training`, `PublicTest` or `PrivateTest`.
        rows: int64 array `(n,)`, where each image stands in its source (0-based, for messages).
        soft: float32 array `(n, 7)`, rows sum to 1: how likely each label is, where several people were asked; or None.
    """

    images: np.ndarray
    labels: np.ndarray
    split: str
    rows: np.ndarray
    soft: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def counts(self) -> dict[str, int]:
        """Returns the number of images per label, in label order."""
        found = np.bincount(self.labels, minlength=len(LABELS))
        return {label: int(count) for label, count in zip(LABELS, found, strict=True)}

    def take(self, keep: np.ndarray) -> Faces:
        """Returns the faces that `keep` (indices or a boolean mask) selects, in that order."""
        soft = None if self.soft is None else self.soft[keep]
        return Faces(self.images[keep], self.labels[keep], self.split, self.rows[keep], soft)
