"""What a runtime promises: a loaded model that answers crops."""

from __future__ import annotations

from typing import Protocol

import numpy as np


class Backend(Protocol):
    """A loaded model in one runtime."""

    @property
    def runtime(self) -> str:
        """Name, version and precision of what computes, for people: `ONNX Runtime 1.32.0, float32`."""

    def run(self, crops: np.ndarray) -> np.ndarray:
        """Returns float32 `(n, num_labels)` for uint8 `(n, 48, 48, 1)`, n >= 1."""
