"""Cuts faces out of an image as a model wants them, each from the untouched image, and says what they lack."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from webapp.core.geometry import Box
from webapp.inference.card import INPUT_SHAPE, CropRule
from webapp.recognition.detection.face import Face

DARK_LUMA = 40 / 255
SMALL_FACE_PX = 48

EYES_SIDE = 2.65
EYES_DROP = 0.31
"""Square by the eyes, in eye distances: its side, and how far its centre lies below the point between the eyes.

As FER2013 frames its faces, in the detector's eyes (`python -m benchmarks.training.faces`).
"""


@dataclass(frozen=True)
class Square:
    """A square, possibly turned, in pixels of its image.

    Attributes:
        x: Centre.
        y: Centre.
        side: Length of a side, > 0.
        angle: Radians from the image's x axis to the square's, clockwise as one sees it.
    """

    x: float
    y: float
    side: float
    angle: float = 0.0

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """Upper left, upper right, lower right, lower left, as the model sees them, in pixels of the image."""
        cos, sin = math.cos(self.angle) * self.side / 2, math.sin(self.angle) * self.side / 2
        signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
        return tuple((self.x + i * cos - j * sin, self.y + i * sin + j * cos) for i, j in signs)


def cut_faces(rgb: np.ndarray, faces: Sequence[Face], rule: CropRule) -> np.ndarray:
    """Returns one grey crop per face, at the model's size.

    Args:
        rgb: uint8 `(height, width, 3)`.
        faces: Faces of the detector, in any order.
        rule: Crop rule of the model's card.

    Returns:
        uint8 `(n, 48, 48, 1)`, in the faces' order.
    """
    crops = np.empty((len(faces), *INPUT_SHAPE), np.uint8)
    if not faces:
        return crops
    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    for index, face in enumerate(faces):
        crops[index, :, :, 0] = cut_square(grey, face_square(face, rule), INPUT_SHAPE[0])
    return crops


def face_square(face: Face, rule: CropRule) -> Square:
    """Returns which part of the image a rule wants; a face without eyes gets the upright square of its box.

    Args:
        face: Face in pixels.
        rule: Crop rule of the model's card.
    """
    box = face.box
    x, y, side, angle = box.x + box.w / 2, box.y + box.h / 2, max(box.w, box.h), 0.0
    if face.eyes is not None:
        (right_x, right_y), (left_x, left_y) = face.eyes
        tilt = math.atan2(left_y - right_y, left_x - right_x)
        distance = math.hypot(left_x - right_x, left_y - right_y)
        if rule.align:
            angle = tilt
        if rule.shape == "eyes" and distance > 0:
            drop = EYES_DROP * distance
            x = (right_x + left_x) / 2 - math.sin(tilt) * drop
            y = (right_y + left_y) / 2 + math.cos(tilt) * drop
            side = EYES_SIDE * distance
    x, y = x + math.sin(angle) * rule.rise * side, y - math.cos(angle) * rule.rise * side
    return Square(x, y, side * (1 + 2 * rule.margin), angle)


def cut_square(grey: np.ndarray, square: Square, size: int) -> np.ndarray:
    """Cuts a square out of a grey image; what lies beyond the edge repeats the edge.

    It is first turned at full resolution and then shrunk by area, since turning and shrinking in one step
    would skip pixels.

    Args:
        grey: uint8 `(height, width)`.
        square: Square in pixels.
        size: Side of the result in pixels.

    Returns:
        uint8 `(size, size)`.
    """
    num_pixels = max(1, round(square.side))
    step = square.side / num_pixels
    cos, sin = math.cos(square.angle) * step, math.sin(square.angle) * step
    middle = (num_pixels - 1) / 2
    # Pixel centres lie at whole coordinates for OpenCV, boxes count from the pixels' corners: hence the 0.5.
    to_image = np.array(
        [
            [cos, -sin, square.x - 0.5 - middle * (cos - sin)],
            [sin, cos, square.y - 0.5 - middle * (sin + cos)],
        ]
    )
    turned = cv2.warpAffine(
        grey,
        to_image,
        (num_pixels, num_pixels),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    interpolation = cv2.INTER_AREA if num_pixels > size else cv2.INTER_LINEAR
    return cv2.resize(turned, (size, size), interpolation=interpolation)


def find_hints(luma: float, boxes: Sequence[Box], *, scale: float = 1.0) -> tuple[str, ...]:
    """Returns why a picture's labels may be poor or missing: `too_dark`, `too_small`.

    Args:
        luma: How bright the picture is, 0..1, see `mean_luma`.
        boxes: The faces, largest first, in pixels of the picture that is looked at.
        scale: Its pixels per pixel of the picture as it came, in 0..1.
    """
    hints = []
    if luma < DARK_LUMA:
        hints.append("too_dark")
    if boxes and min(boxes[0].w, boxes[0].h) < SMALL_FACE_PX * scale:
        hints.append("too_small")
    return tuple(hints)


def mean_luma(rgb: np.ndarray) -> float:
    """Returns how bright a picture `(h, w, 3)` is, 0..1 (Rec. 601), judged on every eighth pixel."""
    red, green, blue = rgb[::8, ::8].reshape(-1, 3).mean(axis=0)
    return float(0.299 * red + 0.587 * green + 0.114 * blue) / 255
