"""What a label loses when the part of the face that speaks most for it is blurred. Pure."""

from __future__ import annotations

import cv2
import numpy as np

OVAL = (0.5, 0.5, 0.37, 0.47)
"""Oval of the face in the square that a model sees: centre and radii `(x, y, x, y)` as shares of the square. What a map
shows outside of it is hair and background."""

HOT = 0.3
"""Share of the map's highest value from which a place is hot: what pages draw in red."""

BLUR_PX = 6.0
"""Standard deviation of the blur, in pixels of the 48 that the model sees: an eye or a mouth is gone."""


def enlarge(saliency: np.ndarray, side: int) -> np.ndarray:
    """Returns a map at the size of the crop, 0 outside of the face's oval.

    Args:
        saliency: float32 `(rows, columns)`, 0 or more.
        side: Side of the crop in pixels.

    Returns:
        float32 `(side, side)`; smooth, as the pages draw it.
    """
    large = cv2.resize(saliency.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    return np.where(oval_mask(side), np.maximum(large, 0), 0).astype(np.float32)


def oval_mask(side: int) -> np.ndarray:
    """Returns where the face's oval lies in a square of so many pixels: bool `(side, side)`."""
    x, y, radius_x, radius_y = OVAL
    rows, columns = (np.indices((side, side)) + 0.5) / side
    return ((columns - x) / radius_x) ** 2 + ((rows - y) / radius_y) ** 2 <= 1


def hot_area(saliency: np.ndarray, side: int) -> np.ndarray:
    """Returns where a map is hot within the face: bool `(side, side)`, empty for a map without a value.

    Args:
        saliency: float32 `(rows, columns)`, 0..1.
        side: Side of the crop in pixels.
    """
    large = enlarge(saliency, side)
    return (large >= HOT * large.max()) & (large > 0)


def blur_area(crop: np.ndarray, area: np.ndarray) -> np.ndarray:
    """Returns a crop whose area is blurred and whose rest is as it was.

    Args:
        crop: uint8 `(height, width, 1)`.
        area: bool `(height, width)`.
    """
    changed = crop.copy()
    changed[area, 0] = cv2.GaussianBlur(crop[..., 0], (0, 0), BLUR_PX)[area]
    return changed
