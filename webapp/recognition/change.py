"""Whether a frame or a face has changed since the last look: told from a few means of brightness, no image is kept."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from webapp.core.geometry import Box

GRID = (8, 6)
"""Columns and rows of cells over a frame."""

MOVED_LEVELS = 6.0
"""Change of a cell's mean, in grey levels, that is movement: a camera's noise moves the mean of so many pixels by less
than one, its exposure moves all cells together."""

REACH = 1.1
"""Cells closer to a known face than so many times its size, from its middle, belong to that person."""

FACE_GRID = 8
SAME_LEVELS = 2.5
"""Largest change of a mean over 6 x 6 of a crop's pixels, in grey levels, that is none. Chosen on films:
docs/reference/performance.md."""


def frame_cells(rgb: np.ndarray) -> np.ndarray:
    """Returns the mean brightness of each cell of a frame, float32 `(rows, columns)`, judged on every eighth pixel.

    Args:
        rgb: uint8 `(height, width, 3)`.
    """
    small = cv2.cvtColor(np.ascontiguousarray(rgb[::8, ::8]), cv2.COLOR_RGB2GRAY)
    return cv2.resize(small.astype(np.float32), GRID, interpolation=cv2.INTER_AREA)


def has_moved(before: np.ndarray, now: np.ndarray, known: Sequence[Box], size: tuple[int, int]) -> bool:
    """Whether something moves where a newcomer would be seen first.

    With a known face that is the left, right and upper edge of the frame, away from that face; without one it is
    anywhere.

    Args:
        before: Cells of the last frame.
        now: Cells of this frame.
        known: Boxes of the known faces, in pixels.
        size: Width and height of the frame, in pixels.
    """
    change = now - before
    moved = np.abs(change - np.median(change)) > MOVED_LEVELS
    return bool((moved & watched_cells(known, size)).any())


def watched_cells(known: Sequence[Box], size: tuple[int, int]) -> np.ndarray:
    """Returns where a newcomer would be seen first, bool `(rows, columns)`; see `has_moved` for the arguments."""
    columns, rows = GRID
    watched = np.ones((rows, columns), bool)
    if not known:
        return watched
    watched[1:, 1:-1] = False
    x = (np.arange(columns) + 0.5) * size[0] / columns
    y = (np.arange(rows) + 0.5) * size[1] / rows
    for box in known:
        middle_x, middle_y = box.center
        near_x = np.abs(x - middle_x) < REACH * box.w + size[0] / columns / 2
        near_y = np.abs(y - middle_y) < REACH * box.h + size[1] / rows / 2
        watched &= ~(near_y[:, None] & near_x[None, :])
    return watched


def face_means(crops: np.ndarray) -> np.ndarray:
    """Returns each crop's brightness in 8 x 8 blocks, float32 `(n, 64)`.

    Args:
        crops: uint8 `(n, 48, 48, 1)`.
    """
    side = crops.shape[1] // FACE_GRID
    blocks = crops.reshape(len(crops), FACE_GRID, side, FACE_GRID, side)
    return blocks.mean(axis=(2, 4), dtype=np.float32).reshape(len(crops), FACE_GRID**2)


def is_same_face(before: np.ndarray, now: np.ndarray) -> bool:
    """Whether a face looks as it did when it was last read; a camera that changes its exposure makes no difference.

    Args:
        before: Its means then, float32 `(64,)`.
        now: Its means now.
    """
    change = now - before
    return bool(np.abs(change - np.median(change)).max() <= SAME_LEVELS)
