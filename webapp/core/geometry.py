"""Boxes in pixels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """An upright rectangle, in pixels of its image.

    Attributes:
        x: Left edge; may lie outside the image.
        y: Top edge; may lie outside the image.
        w: Width, > 0.
        h: Height, > 0.
    """

    x: float
    y: float
    w: float
    h: float

    @property
    def center(self) -> tuple[float, float]:
        """The middle, `(x, y)`."""
        return self.x + self.w / 2, self.y + self.h / 2

    @property
    def area(self) -> float:
        """Width times height, in square pixels."""
        return self.w * self.h

    def relative(self, width: int, height: int) -> tuple[float, float, float, float]:
        """Returns `(x, y, w, h)` as shares of an image's size, cut to the image, all in 0..1."""
        left, top = max(0.0, self.x / width), max(0.0, self.y / height)
        right, bottom = min(1.0, (self.x + self.w) / width), min(1.0, (self.y + self.h) / height)
        return left, top, max(0.0, right - left), max(0.0, bottom - top)


def iou(a: Box, b: Box) -> float:
    """Returns intersection over union of two boxes, 0..1."""
    width = min(a.x + a.w, b.x + b.w) - max(a.x, b.x)
    height = min(a.y + a.h, b.y + b.h) - max(a.y, b.y)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (a.area + b.area - width * height)


def turn_back(box: Box, width: int, height: int, quarters: int) -> Box:
    """Returns the place of a box of a rotated image in the image before the rotation.

    Args:
        box: Box in the rotated image.
        width: Width of the rotated image, in pixels.
        height: Height of the rotated image, in pixels.
        quarters: Number of clockwise rotations by 90 degrees, 0..3.
    """
    for _ in range(quarters):
        box = Box(box.y, width - box.x - box.w, box.h, box.w)
        width, height = height, width
    return box


def turn_point_back(
    point: tuple[float, float], width: int, height: int, quarters: int
) -> tuple[float, float]:
    """Returns the place of a point of a rotated image in the image before the rotation; see `turn_back`."""
    x, y = point
    for _ in range(quarters):
        x, y = y, width - x
        width, height = height, width
    return x, y
