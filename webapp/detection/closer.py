"""A closer look at faces that a search found: is a doubtful one a face, and where exactly is its box?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from webapp.detection.face import Face, FaceDetector

CERTAIN_SCORE = 0.85
"""Of a detector, 0..1. Folds and helmets score up to 0.76 in every third frame, faces before a camera 0.9 and more."""

MAX_FOLLOWED = 2
"""Faces that are followed from frame to frame; following costs a third of a search for each (docs/live.md)."""


def stand_closer_look(detector: FaceDetector, rgb: np.ndarray, faces: Sequence[Face]) -> list[Face]:
    """Returns the faces that are certain, or found again from close by; all of them if none is certain.

    Alone a doubtful face is better than none: dark film stills have no other.

    Args:
        detector: That found them.
        rgb: uint8 `(height, width, 3)` in which they were found.
        faces: All faces of the picture.
    """
    if all(face.score < CERTAIN_SCORE for face in faces):
        return list(faces)
    return [face for face in faces if face.score >= CERTAIN_SCORE or detector.follow(rgb, [face])]


def as_followed(detector: FaceDetector, rgb: np.ndarray, faces: Sequence[Face]) -> list[Face]:
    """Returns few faces with the boxes that following gives them, more than `MAX_FOLLOWED` as they are.

    Those boxes differ from the search's by a few percent, and a face that is cut in two ways gets two labels.

    Args:
        detector: That found them.
        rgb: uint8 `(height, width, 3)` in which they were found.
        faces: All faces of the picture.
    """
    if len(faces) > MAX_FOLLOWED:
        return list(faces)
    return [(detector.follow(rgb, [face]) or [face])[0] for face in faces]
