"""Sharpness-aware training: steps that lower the loss in a neighbourhood of the weights, not at one point.

Foret et al. 2021, https://arxiv.org/abs/2010.01412, who find it robust to wrong labels; here with the neighbourhood of
Kwon et al. 2021, https://arxiv.org/abs/2102.11600, in which every weight may move by a share of its own size.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from training.errors import TrainingError

SMALLEST = 0.01  # as in Kwon et al.: a weight of zero may move too
BACKENDS = ("tensorflow", "jax")


class SharpnessAwareModel(keras.Model):
    """A functional model whose training step takes the gradient where the loss is highest nearby.

    Both passes of a step see the same changes to the images and the same dropout. Batch statistics follow the first
    pass, which is the network itself. A step costs two.

    Args:
        radius: Of the neighbourhood, > 0; Kwon et al. use 0.5 and 1.
    """

    def __init__(self, *args: Any, rho: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if keras.backend.backend() not in BACKENDS:
            raise TrainingError(
                f"Sharpness-aware training is written for {' and '.join(BACKENDS)}; Keras runs on "
                f"{keras.backend.backend()}. Start it with KERAS_BACKEND=tensorflow, or take a recipe without it."
            )
        self.rho = rho

    def train_step(self, *arguments: Any) -> Any:
        """Takes one step on `(images, targets)`, as Keras asks of the backend; its metrics are the first pass's."""
        if keras.backend.backend() == "jax":
            return self._jax_step(*arguments)
        return self._tensorflow_step(*arguments)

    def _jax_step(self, state: tuple[Any, ...], data: Any) -> tuple[Any, tuple[Any, ...]]:
        """Returns the metrics and the state after; random seeds are part of the state, so both passes share them."""
        import jax

        images, targets, weight = keras.utils.unpack_x_y_sample_weight(data)
        trainable, others, of_optimizer, of_metrics = state
        gradient_at = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)

        def both_at(weights: list[Any]) -> Any:
            arguments = (weights, others, of_metrics, images, targets, weight)
            return gradient_at(*arguments, training=True, optimizer_variables=of_optimizer)

        (_, (loss, outputs, others_after, of_metrics_after)), gradients = both_at(trainable)
        moves = self._towards_higher_loss(trainable, gradients)
        _, gradients = both_at([w + move for w, move in zip(trainable, moves, strict=True)])
        trainable, of_optimizer = self.optimizer.stateless_apply(of_optimizer, gradients, trainable)
        logs, of_metrics_after = self._update_metrics_variables(
            of_metrics_after, loss, images, targets, outputs, weight
        )
        return logs, (trainable, others_after, of_optimizer, of_metrics_after)

    def _tensorflow_step(self, data: Any) -> dict[str, Any]:
        import tensorflow as tf

        images, targets, _ = keras.utils.unpack_x_y_sample_weight(data)
        seeds = [v for v in self.non_trainable_variables if v.dtype == "uint32"]
        statistics = [v for v in self.non_trainable_variables if v.dtype != "uint32"]
        seeds_before = [tf.identity(v) for v in seeds]
        gradients, outputs, loss = self._gradients(images, targets)
        statistics_after = [tf.identity(v) for v in statistics]

        moves = self._towards_higher_loss([v.value for v in self.trainable_variables], gradients)
        for variable, move in zip(self.trainable_variables, moves, strict=True):
            variable.assign_add(move)
        for variable, value in zip(seeds, seeds_before, strict=True):
            variable.assign(value)
        gradients, _, _ = self._gradients(images, targets)
        for variable, move in zip(self.trainable_variables, moves, strict=True):
            variable.assign_sub(move)
        for variable, value in zip(statistics, statistics_after, strict=True):
            variable.assign(value)

        self.optimizer.apply(gradients, self.trainable_variables)
        next(m for m in self.metrics if m.name == "loss").update_state(
            loss, sample_weight=tf.shape(images)[0]
        )
        return self.compute_metrics(images, targets, outputs)

    def _gradients(self, images: Any, targets: Any) -> tuple[list[Any], Any, Any]:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            outputs = self(images, training=True)
            loss = self.compute_loss(x=images, y=targets, y_pred=outputs)
        return tape.gradient(loss, [v.value for v in self.trainable_variables]), outputs, loss

    def _towards_higher_loss(self, weights: list[Any], gradients: list[Any]) -> list[Any]:
        """Returns what to add to each weight: `rho * T^2 g / ||T g||` with `T = |w| + 0.01`."""
        sizes = [ops.abs(weight) + SMALLEST for weight in weights]
        scaled = [size * gradient for size, gradient in zip(sizes, gradients, strict=True)]
        length = ops.sqrt(sum(ops.sum(ops.square(part)) for part in scaled)) + 1e-12
        return [self.rho * size * part / length for size, part in zip(sizes, scaled, strict=True)]
