"""Exponential moving average of all weights, batch statistics included."""

from __future__ import annotations

import keras

from training.trainer.checkpoint import Arrays


class ExponentialMovingAverage:
    """Follows the weights of `network` over training steps.

    Keras' own `use_ema` overwrites the trained weights at the end of each `fit` and leaves batch statistics out.

    Args:
        network: The model whose weights are averaged.
        weights: The average so far; copied.
        momentum: Per step, in [0, 1); 0 keeps the last weights.
        every: Steps between two updates; the momentum is adapted.

    Attributes:
        weights: The average so far, in Keras' order.
        share: What an update moves it by, as a share of the way to the network's weights now.
    """

    def __init__(self, network: keras.Model, weights: Arrays, *, momentum: float, every: int = 8) -> None:
        self.weights = [array.copy() for array in weights]
        self._network = network
        self.share = 1 - momentum**every
        self.every = every
        self._steps = 0

    def after_step(self) -> None:
        """Counts a step and updates the average after every `every`-th."""
        self._steps += 1
        if self._steps % self.every == 0:
            self._update()

    def finish(self) -> None:
        """Ends an epoch: without averaging the very last weights count, not those of a few steps before."""
        if self.share == 1:
            self._update()

    def _update(self) -> None:
        for mean, now in zip(self.weights, self._network.get_weights(), strict=True):
            mean += self.share * (now - mean)
