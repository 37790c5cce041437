"""Doubtful faces beside certain ones: folds, helmets and the like, which a closer look tells from faces."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from webapp.detection.face import Face, FaceDetector

CERTAIN_SCORE = 0.85
"""Of a detector, 0..1. Folds and helmets score up to 0.76 in every third frame, faces before a camera 0.9 and more."""


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
