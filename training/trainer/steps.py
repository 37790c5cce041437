"""The steps of an epoch: one per call of Keras, or several per call on a GPU, where a call costs more than a step."""

from __future__ import annotations

from typing import Any, Protocol

import keras
import numpy as np

from training.data.batches import Batches
from training.trainer import device, distribution
from training.trainer.ema import ExponentialMovingAverage
from training.trainer.logs import EpochProgress


class Steps(Protocol):
    """Function that takes every step of an epoch, reports to `progress`, and updates the EMA of the weights."""

    def __call__(self, batches: Batches, average: ExponentialMovingAverage, progress: EpochProgress) -> None:
        """Takes the steps. The trainer, `average` and `progress` change in place."""


def choose_steps(network: keras.Model, trainer: keras.Model) -> Steps:
    """Returns several steps per call on one GPU under JAX, otherwise one.

    Args:
        network: Model inside `trainer` whose weights are averaged.
        trainer: Compiled model from images to the loss's outputs.
    """
    one_gpu = device.num_gpus() and keras.distribution.distribution() is None
    if keras.backend.backend() == "jax" and one_gpu:
        return SeveralStepsPerCall(network, trainer)
    return OneStepPerCall(trainer)


class OneStepPerCall:
    """Steps by `train_on_batch`.

    `Model.fit` is slower: TensorFlow's input pipeline, which it uses, waits idle for its tuning thread at the end of
    each epoch, up to as long as the epoch took (measured: 24 s after 58).
    """

    def __init__(self, trainer: keras.Model) -> None:
        self._trainer = trainer

    def __call__(self, batches: Batches, average: ExponentialMovingAverage, progress: EpochProgress) -> None:
        """See `Steps`."""
        for index in range(len(batches)):
            images, targets = batches[index]
            share = distribution.own_share(len(images))
            progress.after_steps(
                self._trainer.train_on_batch(images[share], targets[share], return_dict=True)
            )
            average.after_step()


class SeveralStepsPerCall:
    """As many steps per call as lie between two updates of the EMA, which stays on the device too.

    Under JAX `train_on_batch` hands a hundred arrays to the device and back for every step. That took 14 ms on an H100,
    where the step itself took 2 to 4 (docs/guide/training.md).
    """

    def __init__(self, network: keras.Model, trainer: keras.Model) -> None:
        import jax

        self._trainer = trainer
        self._take = jax.jit(self._steps, donate_argnums=0)
        self._follow = jax.jit(
            lambda means, now, share: [m + share * (n - m) for m, n in zip(means, now, strict=True)],
            donate_argnums=0,
        )
        trained = {id(v): (0, i) for i, v in enumerate(trainer.trainable_variables)}
        others = {id(v): (1, i) for i, v in enumerate(trainer.non_trainable_variables)}
        self._places = [(trained | others)[id(v)] for v in network.weights]

    def __call__(self, batches: Batches, average: ExponentialMovingAverage, progress: EpochProgress) -> None:
        """See `Steps`."""
        # `train_on_batch` begins with this too: the metrics get their variables.
        self._trainer._symbolic_build(data_batch=batches[0])
        self._trainer.reset_metrics()
        metrics = [v.value for v in self._trainer.metrics_variables]
        variables = (
            self._trainer.trainable_variables,
            self._trainer.non_trainable_variables,
            self._trainer.optimizer.variables,
        )
        state = tuple([v.value for v in kind] for kind in variables)
        means = [keras.ops.convert_to_tensor(mean) for mean in average.weights]
        before: tuple[Any, int] | None = None
        for first in range(0, len(batches), average.every):
            indices = range(first, min(first + average.every, len(batches)))
            images, targets = (np.stack(part) for part in zip(*(batches[i] for i in indices), strict=True))
            logs, state = self._take(
                state, metrics, *self._padded(images, targets, average.every), len(indices)
            )
            if len(indices) == average.every:
                means = self._follow(means, [state[kind][i] for kind, i in self._places], average.share)
            if before is not None:
                progress.after_steps(*before)  # reading this call's metrics now would wait for the device
            before = logs, len(indices)
        if before is not None:
            progress.after_steps(*before)
        for kind, values in zip(variables, state, strict=True):
            for variable, value in zip(kind, values, strict=True):
                variable.assign(value)
        average.weights = [np.array(mean) for mean in means]

    @staticmethod
    def _padded(images: np.ndarray, targets: np.ndarray, count: int) -> tuple[np.ndarray, ...]:
        """Pads to `count` batches, so that a single shape is compiled."""
        missing = count - len(images)
        return tuple(np.pad(a, [(0, missing)] + [(0, 0)] * (a.ndim - 1)) for a in (images, targets))

    def _steps(self, state: Any, metrics: Any, images: Any, targets: Any, count: Any) -> tuple[Any, Any]:
        """Takes the first `count` steps; returns their mean metrics and the new state."""
        import jax

        def step(index: Any, carry: tuple[Any, Any]) -> tuple[Any, Any]:
            return self._trainer.train_step(carry[1], (images[index], targets[index]))

        shapes = jax.eval_shape(lambda carry: step(0, (None, carry)), (*state, metrics))
        no_logs = jax.tree.map(lambda shape: jax.numpy.zeros(shape.shape, shape.dtype), shapes[0])
        logs, after = jax.lax.fori_loop(0, count, step, (no_logs, (*state, metrics)))
        return logs, after[:3]
