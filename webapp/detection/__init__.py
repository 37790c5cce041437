"""Faces in an image, behind a `FaceDetector`: which one it is concerns nobody else."""

from __future__ import annotations

from typing import Protocol

import cv2

from webapp.detection.blazeface import BlazeFaceDetector, Passes
from webapp.detection.crop import cut_faces
from webapp.detection.face import Face, FaceDetector

__all__ = ["Face", "FaceDetector", "cut_faces", "load_detector"]


class DetectorSettings(Protocol):
    """The part of the settings that concerns the detector."""

    @property
    def detect_threshold(self) -> float:
        """Score, 0..1, from which something is a face."""


def load_detector(settings: DetectorSettings) -> FaceDetector:
    """Makes the detector that docs/detection.md chose.

    OpenCV gets one thread for its own loops: the server works on several frames at once, and threads inside
    an operation only take turns with them.

    Args:
        settings: The app's.

    Raises:
        DetectorError: If the detector's model is missing or broken.
    """
    cv2.setNumThreads(1)
    return BlazeFaceDetector(passes=Passes(min_score=settings.detect_threshold))
