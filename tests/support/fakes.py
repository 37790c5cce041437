"""A classifier and a detector whose answers a test decides."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.support.artifacts import LABELS
from webapp.core.geometry import Box
from webapp.inference import CropRule
from webapp.recognition.detection.face import Face

SLIGHTLY_HAPPY = [0.02, 0.02, 0.02, 0.36, 0.02, 0.02, 0.54]
MOSTLY_NEUTRAL = {
    "shares": [0.05, 0.05, 0.05, 0.2, 0.05, 0.05, 0.55],
    "learned": 0.0,
    "strength": 0.0,
    "temperatures": [1.0, 1.0],
    "chosen_on": "made up",
}
"""A training in which neutral was frequent: at strength 1 the fake's slightly happy face is happy."""
RESTING_FACE = {
    "share": 1.0,
    "reference": [-2.0] * 6 + [0.0],
    "floor": 0.001,
    "gain": 1.0,
    "trusted": ["happy", "neutral"],
    "chosen_on": "nothing",
}


class FakeClassifier:
    """Answers with the same probabilities for every face."""

    def __init__(
        self,
        probs: list[float] | None = None,
        *,
        resting_face: bool = False,
        label_prior: dict[str, Any] | None = None,
    ) -> None:
        """Takes the probabilities, and what its card says of resting faces and of labels' frequencies."""
        self.probs = probs or [0.02, 0.02, 0.02, 0.88, 0.02, 0.02, 0.02]
        self.explained: list[int] = []
        self.runtime, self.num_waiting = "fake", 0
        self.card = SimpleNamespace(
            name="fake",
            labels=LABELS,
            crop=CropRule(),
            parameters=1,
            content={
                "name": "fake",
                "limits": ["none"],
                **({"resting_face": RESTING_FACE} if resting_face else {}),
                **({"label_prior": label_prior} if label_prior else {}),
            },
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
