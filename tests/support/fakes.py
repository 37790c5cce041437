"""A classifier and a detector whose answers a test decides."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np

from tests.support.artifacts import LABELS
from webapp.core.geometry import Box
from webapp.inference import CropRule
from webapp.recognition.detection.face import Face


class FakeClassifier:
    """Answers with the same probabilities for every face."""

    def __init__(self, probs: list[float] | None = None) -> None:
        self.probs = probs or [0.02, 0.02, 0.02, 0.88, 0.02, 0.02, 0.02]
        self.explained: list[int] = []
        self.card = SimpleNamespace(
            name="fake",
            labels=LABELS,
            crop=CropRule(),
            parameters=1,
            content={"name": "fake", "limits": ["none"]},
        )

    def classify(self, crops: np.ndarray) -> np.ndarray:
        return np.tile(np.array(self.probs, np.float32), (len(crops), 1))

    def explain(self, crop: np.ndarray, label: int) -> np.ndarray:
        self.explained.append(label)
        return np.array([[0, 1], [0.5, 0.25]], np.float32)

    def close(self) -> None:
        pass


class FakeDetector:
    """Finds the boxes it was given."""

    def __init__(self, *boxes: Box) -> None:
        self.boxes = boxes
        self.calls: list[str] = []

    def detect(self, rgb: np.ndarray, *, max_side: int | None = None) -> list[Face]:
        self.calls.append("detect")
        return [Face(box, 0.9) for box in self.boxes]

    def follow(self, rgb: np.ndarray, faces: Sequence[Face]) -> list[Face] | None:
        self.calls.append("follow")
        return list(faces)
