"""The data set as every part of `training` sees it."""

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
        rows: int64 array `(n,)`, where each image stands in its source (0-based, for messages).
        groups: int array `(n,)`: who is in the picture, where the data set says so; or None.
        names: The labels' names in the order of the indices.
        soft: float32 array `(n, 7)`, rows sum to 1: how likely each label is, where several people were asked; or None.
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
        """Returns the faces that `keep` (indices or a boolean mask) selects, in that order."""
        return replace(
            self,
            images=self.images[keep],
            labels=self.labels[keep],
            rows=self.rows[keep],
            soft=None if self.soft is None else self.soft[keep],
            groups=None if self.groups is None else self.groups[keep],
        )


def decode_grey(content: bytes) -> np.ndarray | None:
    """Decodes a PNG, JPEG or other image file.

    Not by OpenCV, which fills the missing part of a truncated JPEG with grey and says nothing.

    Args:
        content: The whole file.

    Returns:
        uint8 array `(height, width)`, or `None` if the file is no complete image.
    """
    try:
        with Image.open(io.BytesIO(content)) as image:
            return np.asarray(image.convert("L"))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
