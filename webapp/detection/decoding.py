"""From BlazeFace's raw numbers to faces: anchors, decoding and merging, pure numpy.

Reference: Bazarevsky et al., BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs, 2019.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

ANCHOR_GRIDS = ((8, 2), (16, 6))
"""Stride in pixels and anchors per cell of the two feature maps."""

NUM_POINTS = 8
"""Points per row: box centre, box size, then right eye, left eye, nose, mouth, right ear, left ear."""

SAME_FACE_IOU = 0.3
INSIDE_SHARE = 0.6


@lru_cache(maxsize=32)
def make_anchors(height: int, width: int) -> np.ndarray:
    """Returns anchor centres in input pixels, float32 `(n, 2)` as x, y, in the network's output order.

    Args:
        height: Of the network's input, a multiple of 16.
        width: Of the network's input, a multiple of 16.
    """
    grids = []
    for stride, num_anchors in ANCHOR_GRIDS:
        row, column = np.indices((height // stride, width // stride))
        centres = np.stack([column + 0.5, row + 0.5], axis=-1).reshape(-1, 2) * stride
        grids.append(np.repeat(centres, num_anchors, axis=0))
    anchors = np.concatenate(grids).astype(np.float32)
    anchors.flags.writeable = False
    return anchors


def decode(
    logits: np.ndarray, offsets: np.ndarray, anchors: np.ndarray, min_score: float
) -> tuple[np.ndarray, np.ndarray]:
    """Selects the anchors that see a face.

    Args:
        logits: float32 `(n,)`.
        offsets: float32 `(n, 16)` in input pixels, points relative to their anchor.
        anchors: float32 `(n, 2)`.
        min_score: 0..1.

    Returns:
        Points `(m, 8, 2)` in input pixels, of which the second is the box's width and height, and scores `(m,)`.
    """
    scores = 1.0 / (1.0 + np.exp(-np.clip(logits, -80, 80)))
    keep = np.flatnonzero(scores >= min_score)
    points = offsets[keep].reshape(-1, NUM_POINTS, 2).copy()
    points[:, 0] += anchors[keep]
    points[:, 2:] += anchors[keep][:, np.newaxis]
    real = (points[:, 1] > 0).all(axis=1)
    return points[real], scores[keep][real]


def merge(points: np.ndarray, scores: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Joins the candidates of one face by their weighted mean (BlazeFace's answer to jitter between frames).

    A candidate that lies mostly inside a stronger one is part of that face, such as a mouth taken for a
    small face by a pass of higher resolution: it is dropped.

    Args:
        points: float array `(m, 8, 2)`, see `decode`.
        scores: float array `(m,)`.

    Returns:
        Per face its points `(8, 2)` and best score, strongest first.
    """
    faces = []
    order = np.argsort(-scores, kind="stable")
    while len(order):
        overlap, inside = _overlaps(points[order[0]], points[order])
        same = overlap >= SAME_FACE_IOU
        same[0] = True
        members = order[same]
        faces.append((np.average(points[members], axis=0, weights=scores[members]), float(scores[order[0]])))
        order = order[~same & (inside < INSIDE_SHARE)]
    return faces


def _overlaps(first: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns intersection over union, and over the smaller of the two areas, each `(m,)`."""
    low = np.maximum(first[0] - first[1] / 2, others[:, 0] - others[:, 1] / 2)
    high = np.minimum(first[0] + first[1] / 2, others[:, 0] + others[:, 1] / 2)
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    area, areas = np.prod(first[1]), np.prod(others[:, 1], axis=1)
    return shared / (area + areas - shared), shared / np.minimum(area, areas)
