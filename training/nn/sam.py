"""Sharpness-aware minimisation (SAM): steps that lower the highest loss in a neighbourhood of the weights.

SAM is due to Foret et al. 2021, https://arxiv.org/abs/2010.01412, who find it robust to wrong labels. The neighbourhood
is the adaptive one (ASAM) of Kwon et al. 2021, https://arxiv.org/abs/2102.11600, in which every weight may move in
proportion to its own size. Keras 3 has no SAM.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from training.errors import TrainingError

ETA = 0.01
"""Added to every weight's size, as in Kwon et al., so that a weight of zero can move too."""
BACKENDS = ("tensorflow", "jax")


class SharpnessAwareModel(keras.Model):
    """A functional model that steps by the gradient at the point of highest loss in the neighbourhood.

    Both passes of a step see the same augmentation and the same dropout. Batch statistics follow the first pass, which
    is at the weights themselves. A step costs as much as two ordinary ones.

    Args:
        rho: Radius of the neighbourhood, > 0; Kwon et al. use 0.5 and 1.

    Raises:
        TrainingError: If Keras runs on a backend other than `BACKENDS`.
    """

    def __init__(self, *args: Any, rho: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if keras.backend.backend() not in BACKENDS:
            raise TrainingError(
                f"Sharpness-aware training needs {' or '.join(BACKENDS)} as Keras' backend. Received: "
                f"{keras.backend.backend()}. Set KERAS_BACKEND=tensorflow, or use a recipe without `sam_radius`."
            )
        self.rho = rho

    def train_step(self, *arguments: Any) -> Any:
        """Takes one step on `(images, targets)`, called as the backend calls it; metrics are of the first pass."""
        if keras.backend.backend() == "jax":
            return self._jax_step(*arguments)
        return self._tensorflow_step(*arguments)

    def _jax_step(self, state: tuple[Any, ...], data: Any) -> tuple[Any, tuple[Any, ...]]:
        """Returns the metrics and the new state. Random seeds are part of the state, so both passes share them."""
        import jax

        images, targets, weight = keras.utils.unpack_x_y_sample_weight(data)
        trainable, others, optimizer_values, metric_values = state
        gradient_at = jax.value_and_grad(self.compute_loss_and_updates, has_aux=True)

        def both_at(weights: list[Any]) -> Any:
            arguments = (weights, others, metric_values, images, targets, weight)
            return gradient_at(*arguments, training=True, optimizer_variables=optimizer_values)

        (_, (loss, outputs, others_after, metrics_after)), gradients = both_at(trainable)
        moves = self._towards_higher_loss(trainable, gradients)
        _, gradients = both_at([w + move for w, move in zip(trainable, moves, strict=True)])
        trainable, optimizer_values = self.optimizer.stateless_apply(optimizer_values, gradients, trainable)
        logs, metrics_after = self._update_metrics_variables(
            metrics_after, loss, images, targets, outputs, weight
        )
        return logs, (trainable, others_after, optimizer_values, metrics_after)

    def _tensorflow_step(self, data: Any) -> dict[str, Any]:
        import tensorflow as tf

        images, targets, _ = keras.utils.unpack_x_y_sample_weight(data)
        # The second pass must not advance random seeds or batch statistics: both are put back around it.
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
        """Returns the move of each weight to the highest loss: `rho * T^2 g / ||T g||` with `T = |w| + ETA`."""
        sizes = [ops.abs(weight) + ETA for weight in weights]
        scaled = [size * gradient for size, gradient in zip(sizes, gradients, strict=True)]
        length = ops.sqrt(sum(ops.sum(ops.square(part)) for part in scaled)) + 1e-12
        return [self.rho * size * part / length for size, part in zip(sizes, scaled, strict=True)]
