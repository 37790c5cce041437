"""Training batches in an order that follows from the seed and the epoch alone."""

from __future__ import annotations

import math

import numpy as np

from training.data.faces import Faces


def targets(faces: Faces, smoothing: float) -> np.ndarray:
    """Returns float32 target distributions `(n, 7)`, `smoothing` of each spread over all labels.

    Where the faces have soft labels those are the targets, else all weight is on the one label.
    """
    sharp = np.eye(len(faces.names), dtype=np.float32)[faces.labels] if faces.soft is None else faces.soft
    return sharp * (1 - smoothing) + smoothing / len(faces.names)


class Batches:
    """One epoch of full batches, reshuffled; the rest that fills no batch is left out of this epoch."""

    def __init__(self, faces: Faces, *, batch_size: int, smoothing: float, seed: int, epoch: int) -> None:
        self._faces = faces
        self._targets = targets(faces, smoothing)
        self._batch_size = batch_size
        self._order = np.random.default_rng((seed, epoch)).permutation(len(faces))

    def __len__(self) -> int:
        return max(1, math.floor(len(self._order) / self._batch_size))

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        return self._faces.images[chosen], self._targets[chosen]
