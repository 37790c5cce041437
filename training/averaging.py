"""Exponential moving average of all weights, batch statistics included."""

from __future__ import annotations

from typing import Any

import keras

from training.checkpoint import Arrays


class WeightAverage(keras.callbacks.Callback):
    """Follows the weights of `network` while its trainer fits.

    Keras' own `use_ema` overwrites the trained weights at the end of each `fit` and leaves batch statistics out.

    Args:
        network: The model whose weights are averaged.
        weights: The average so far; changed in place.
        momentum: Per step, in [0, 1); 0 keeps the last weights.
        every: Steps between two updates; the momentum is adapted.
    """

    def __init__(self, network: keras.Model, weights: Arrays, *, momentum: float, every: int = 8) -> None:
        super().__init__()
        self.network = network
        self.weights = [array.copy() for array in weights]
        self._share = 1 - momentum**every
        self._every = every

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Takes one step of the average after every `every`-th batch."""
        if (batch + 1) % self._every == 0:
            self._update()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Without averaging the last weights count, not those of a few steps before."""
        if self._share == 1:
            self._update()

    def _update(self) -> None:
        for mean, now in zip(self.weights, self.network.get_weights(), strict=True):
            mean += self._share * (now - mean)
