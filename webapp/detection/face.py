"""What a face detector promises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from webapp.core.geometry import Box

Point = tuple[float, float]


@dataclass(frozen=True)
class Face:
    """One face in an image.

    Attributes:
        box: In pixels of the image; may reach beyond its edges where the face does.
        score: The detector's confidence, 0..1.
        eyes: Centres in pixels: the person's right eye (left in an unmirrored image), then the left one.
    """

    box: Box
    score: float
    eyes: tuple[Point, Point] | None = None


class FaceDetector(Protocol):
    """Finds faces; callable from several threads."""

    def detect(self, rgb: np.ndarray) -> list[Face]:
        """Returns the faces of a uint8 image `(height, width, 3)`, largest first; empty if there is none."""
