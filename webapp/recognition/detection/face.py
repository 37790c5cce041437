"""What a face detector promises."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from webapp.core.geometry import Box

PixelPoint = tuple[float, float]


@dataclass(frozen=True)
class Face:
    """One face in an image.

    Attributes:
        box: Box in pixels of the image; may reach beyond its edges where the face does.
        score: The detector's confidence, 0..1.
        eyes: Centres of the eyes in pixels: the person's right eye (left in an unmirrored image), then the left one.
    """

    box: Box
    score: float
    eyes: tuple[PixelPoint, PixelPoint] | None = None


class FaceDetector(Protocol):
    """Finds faces; callable from several threads."""

    def detect(self, rgb: np.ndarray, *, max_side: int | None = None) -> list[Face]:
        """Returns the faces of a uint8 image `(height, width, 3)`, largest first; empty if there is none.

        Args:
            rgb: The image.
            max_side: Largest longer side in pixels at which the image is looked at: quicker, but far faces are missed.
        """

    def follow(self, rgb: np.ndarray, faces: Sequence[Face]) -> list[Face] | None:
        """Looks again for known faces, only around where they were: quicker, but no other face is found.

        Args:
            rgb: uint8 `(height, width, 3)`, of the same size as the image that the faces are from.
            faces: Faces at their places a moment ago.

        Returns:
            The same faces, in their order, where they are now; `None` if one of them is not certain.
        """
