"""Labelled face images as every package sees them, whichever data set they come from."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from training.config import LABELS


@dataclass(frozen=True)
class Faces:
    """Labelled grey face images of one split.

    Attributes:
        images: uint8 array `(n, 48, 48, 1)`, grey 0..255.
        labels: int64 array `(n,)`, indices into `names`.
        split: The official name: `Training`, `PublicTest` or `PrivateTest`; `all` where there are no splits.
        rows: int64 array `(n,)`, 0-based row of each image in its source.
        soft: float32 array `(n, 7)`, soft labels whose rows sum to 1; `None` if the data set has none.
        groups: int array `(n,)`, number of the person in each image; `None` if the data set does not say.
        names: Names of the labels in the order of their indices.
    """

    images: np.ndarray
    labels: np.ndarray
    split: str
    rows: np.ndarray
    soft: np.ndarray | None = None
    groups: np.ndarray | None = None
    names: tuple[str, ...] = LABELS

    def __len__(self) -> int:
        return len(self.labels)

    def counts(self) -> dict[str, int]:
        """Returns the number of images per label, in label order."""
        found = np.bincount(self.labels, minlength=len(self.names))
        return {label: int(count) for label, count in zip(self.names, found, strict=True)}

    def take(self, keep: np.ndarray) -> Faces:
        """Returns the faces that `keep` selects: indices, whose order counts, or a boolean mask."""
        return replace(
            self,
            images=self.images[keep],
            labels=self.labels[keep],
            rows=self.rows[keep],
            soft=None if self.soft is None else self.soft[keep],
            groups=None if self.groups is None else self.groups[keep],
        )


def decode_grey(content: bytes) -> np.ndarray | None:
    """Decodes a PNG, JPEG or other image file strictly.

    OpenCV is no option here: it fills the missing part of a truncated JPEG with grey and reports nothing.

    Args:
        content: Content of the whole file.

    Returns:
        uint8 array `(height, width)`, or `None` if the file is not a complete image.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            return np.asarray(image.convert("L"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
