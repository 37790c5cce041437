"""Training batches in an order that follows from the seed and the epoch alone."""

from __future__ import annotations

import math

import numpy as np

from training.data.faces import LABELS, Faces


def targets(labels: np.ndarray, smoothing: float) -> np.ndarray:
    """Turns label indices `(n,)` into float32 target distributions `(n, 7)`, `smoothing` spread over all labels."""
    one_hot = np.eye(len(LABELS), dtype=np.float32)[labels]
    return one_hot * (1 - smoothing) + smoothing / len(LABELS)


class Batches:
    """One epoch of full batches, reshuffled; the rest that fills no batch is left out of this epoch."""

    def __init__(self, faces: Faces, *, batch_size: int, smoothing: float, seed: int, epoch: int) -> None:
        self._faces = faces
        self._targets = targets(faces.labels, smoothing)
        self._batch_size = batch_size
        self._order = np.random.default_rng((seed, epoch)).permutation(len(faces))

    def __len__(self) -> int:
        return max(1, math.floor(len(self._order) / self._batch_size))

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        return self._faces.images[chosen], self._targets[chosen]
