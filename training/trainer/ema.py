"""Exponential moving average (EMA) of all weights, batch statistics included.

Keras' own `use_ema` overwrites the trained weights at the end of each `fit` and leaves batch statistics out.
"""

from __future__ import annotations

import keras

from training.trainer.checkpoint import Arrays


class ExponentialMovingAverage:
    """EMA of a network's weights over training steps.

    Args:
        network: Model whose weights are averaged.
        weights: Average so far, in Keras' order; copied.
        momentum: Momentum per step, in [0, 1); 0 keeps the last weights.
        every: Number of steps between two updates, for which the momentum is adapted.

    Attributes:
        weights: Average so far, in Keras' order.
        share: Weight of the network's current weights in an update.
        every: Number of steps between two updates.
    """

    def __init__(self, network: keras.Model, weights: Arrays, *, momentum: float, every: int = 8) -> None:
        self.weights = [array.copy() for array in weights]
        self._network = network
        self.share = 1 - momentum**every
        self.every = every
        self._steps = 0

    def after_step(self) -> None:
        """Counts a step, and updates the average after each `every` steps."""
        self._steps += 1
        if self._steps % self.every == 0:
            self._update()

    def finish(self) -> None:
        """Ends an epoch. Without averaging, the very last weights count, not those of the last update."""
        if self.share == 1:
            self._update()

    def _update(self) -> None:
        for mean, now in zip(self.weights, self._network.get_weights(), strict=True):
            mean += self.share * (now - mean)
