"""The training itself, epoch by epoch: seeded, and the same whether or not it was interrupted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from training.config import IMAGE_SIZE, Recipe
from training.data.batches import Batches, targets
from training.data.faces import Faces
from training.errors import TrainingError
from training.evaluation.metrics import (
    balanced_accuracy,
    confusion_matrix,
    cross_entropy,
    softmax,
    top1_accuracy,
)
from training.nn.augment import Augment
from training.nn.losses import make_loss
from training.nn.models import ModelOptions, build
from training.nn.sam import SharpnessAwareModel
from training.nn.schedule import Trapezoid
from training.trainer import device, distribution
from training.trainer.checkpoint import Arrays, State
from training.trainer.ema import ExponentialMovingAverage
from training.trainer.logs import EpochProgress
from training.trainer.steps import Steps, choose_steps

VALIDATION_BATCH = 256
EpochMetrics = dict[str, float]
"""One row of `log.csv`, by column."""


@dataclass(frozen=True)
class Network:
    """A model for validation, and the compiled model around it for training.

    Attributes:
        model: Model from grey images of the training size to probabilities or raw scores.
        trainer: Compiled model from uint8 images `(n, 48, 48, 1)` through augmentation to `model`.
        steps: Function that takes an epoch's steps on `trainer`.
    """

    model: keras.Model
    trainer: keras.Model
    steps: Steps


def train_epochs(
    recipe: Recipe,
    data: tuple[Faces, Faces],
    *,
    state: State | None = None,
    initial: Arrays | None = None,
    say: Callable[[str], None] = print,
) -> Iterator[tuple[State, EpochMetrics]]:
    """Trains the remaining epochs, one per step of the iteration.

    Args:
        recipe: Recipe to train.
        data: The training split and the validation split.
        state: State to continue from. Default: the beginning.
        initial: Weights to start from, in Keras' order. Default: fresh weights.
        say: Function that receives progress lines within an epoch.

    Yields:
        The state after an epoch, and the epoch's metrics for the log.

    Raises:
        TrainingError: If the weights do not fit the network.
    """
    train, _ = data
    network, state = _build(recipe, train, epoch=state.epoch if state else 0, state=state, initial=initial)
    for epoch in range(state.epoch, recipe.epochs):
        if recipe.image_size(epoch) != network.model.input_shape[1]:
            network, state = _build(recipe, train, epoch=epoch, state=state)
        state, row = _run_epoch(recipe, network, state, data, say)
        yield state, row


def check_data(train: Faces, validation: Faces) -> None:
    """Raises `TrainingError` if a label has no training image, or there is no validation image."""
    empty = [name for name, count in train.counts().items() if not count]
    if empty:
        raise TrainingError(f"{train.split} has no images of {', '.join(empty)}: every label needs some.")
    if not len(validation):
        raise TrainingError(f"{validation.split} has no images: the best epoch is selected on them.")


def _build(
    recipe: Recipe, train: Faces, *, epoch: int, state: State | None, initial: Arrays | None = None
) -> tuple[Network, State]:
    """Builds the network at the epoch's image size with the weights of `state`, `initial`, or fresh ones."""
    keras.utils.set_random_seed(recipe.seed)
    size = recipe.image_size(epoch)
    options = ModelOptions(
        size,
        recipe.dropout,
        recipe.kernel_l2,
        device.best_block_dtype(),
        fused_norm=True,
        matmul_gradient=device.has_amx(),
        width=recipe.width,
        softmax=recipe.loss != "l2_svm",
    )
    model = build(recipe.model, options)
    trainer = _compiled_trainer(recipe, model, train, image_size=size)
    if state is None:
        weights = initial or model.get_weights()
        state = State(0, weights, _values(trainer.optimizer), [w.copy() for w in weights], 0.0, 0.0)
    try:
        model.set_weights(state.weights)
        for variable, value in zip(trainer.optimizer.variables, state.optimizer, strict=True):
            variable.assign(value)
    except ValueError as error:
        raise TrainingError(
            f"The weights given do not fit {recipe.model} with {recipe.optimizer}: they are another recipe's. "
            "Choose the folder or the artifact that belongs to this one."
        ) from error
    return Network(model, trainer, choose_steps(model, trainer)), state


def _compiled_trainer(recipe: Recipe, model: keras.Model, train: Faces, *, image_size: int) -> keras.Model:
    """Returns the compiled model from uint8 images through augmentation to `model`, with its optimizer built."""
    images = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 1), dtype="uint8")
    outputs = model(Augment(recipe.augmentation, image_size=image_size, name="augment")(images))
    if recipe.sam_radius:
        trainer = SharpnessAwareModel(images, outputs, rho=recipe.sam_radius)
    else:
        trainer = keras.Model(images, outputs)
    optimizer = _optimizer(recipe, steps_per_epoch=max(1, len(train) // recipe.batch_size))
    optimizer.build(trainer.trainable_variables)
    loss = make_loss(recipe, targets(train, 0.0).mean(0))
    # Without XLA, JAX would run one operation at a time. TensorFlow is slower with it here.
    compiles = keras.backend.backend() == "jax"
    trainer.compile(optimizer, loss=loss, metrics=["accuracy"], jit_compile=compiles)
    return trainer


def _optimizer(recipe: Recipe, *, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    rate: Any = recipe.learning_rate
    if recipe.schedule == "trapezoid":
        rate = Trapezoid(
            recipe.learning_rate,
            warmup_steps=round(recipe.warmup_epochs * steps_per_epoch),
            decay_steps=round(recipe.decay_epochs * steps_per_epoch),
            total_steps=recipe.epochs * steps_per_epoch,
        )
    if recipe.optimizer == "adam":
        return keras.optimizers.Adam(rate)
    if recipe.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(
            rate, momentum=0.9, nesterov=True, weight_decay=recipe.weight_decay or None
        )
    else:
        optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def _run_epoch(
    recipe: Recipe,
    network: Network,
    state: State,
    data: tuple[Faces, Faces],
    say: Callable[[str], None],
) -> tuple[State, EpochMetrics]:
    """Trains one epoch and validates; returns the state after it and its metrics for the log."""
    train, validation = data
    started = time.monotonic()
    progress, average = _train(recipe, network, state, train, say)
    seconds = time.monotonic() - started
    validated = _validate(network.model, average, validation, raw_scores=recipe.loss == "l2_svm")
    optimizer = network.trainer.optimizer
    row = {
        "loss": progress.mean("loss"),
        "accuracy": progress.mean("accuracy"),
        **validated,
        "learning_rate": float(np.asarray(keras.ops.convert_to_numpy(optimizer.learning_rate))),
        "image_size": network.model.input_shape[1],
        "seconds": seconds,
        "images_per_s": progress.num_steps * recipe.batch_size / seconds,
    }
    return State(
        epoch=state.epoch + 1,
        weights=network.model.get_weights(),
        optimizer=_values(optimizer),
        average=average,
        best_score=max(state.best_score, row[recipe.monitor]),
        seconds=state.seconds + seconds,
    ), row


def _train(
    recipe: Recipe, network: Network, state: State, train: Faces, say: Callable[[str], None]
) -> tuple[EpochProgress, Arrays]:
    """Takes every step of one epoch; returns its metrics and the EMA of the weights."""
    seed_random_layers(network.trainer, recipe.seed, state.epoch)
    batches = Batches(train, recipe, epoch=state.epoch)
    average = ExponentialMovingAverage(network.model, state.average, momentum=recipe.ema)
    progress = EpochProgress(len(batches), title=f"epoch {state.epoch + 1}/{recipe.epochs}", say=say)
    network.steps(batches, average, progress)
    average.finish()
    return progress, average.weights


def seed_random_layers(model: keras.Model, seed: int, epoch: int) -> None:
    """Seeds every random layer with `(seed, epoch, layer)`, so that an epoch does not depend on what ran before it."""
    inner = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    layers = [layer for owner in (model, *inner) for layer in owner.layers]
    random_layers = [layer for layer in layers if getattr(layer, "seed_generator", None) is not None]
    for index, layer in enumerate(random_layers):
        words = np.random.SeedSequence((seed, epoch, index)).generate_state(1, np.uint32)
        layer.seed_generator.state.assign(np.array([words[0] >> 1, 0], dtype="uint32"))


def _validate(model: keras.Model, weights: Arrays, faces: Faces, *, raw_scores: bool) -> dict[str, float]:
    """Returns the validation metrics of `weights`; the model keeps its own.

    Raw scores are turned into probabilities first, so that the curves of all losses can be compared.
    """
    own = model.get_weights()
    model.set_weights(weights)
    images = keras.ops.image.resize(faces.images.astype("float32"), model.input_shape[1:3], antialias=True)
    images = keras.ops.convert_to_numpy(images)
    chunks = [images[i : i + VALIDATION_BATCH] for i in range(0, len(images), VALIDATION_BATCH)]
    with distribution.undistributed():
        outputs = np.concatenate([model.predict_on_batch(chunk) for chunk in chunks])
    model.set_weights(own)
    probabilities = softmax(outputs) if raw_scores else outputs
    return {
        "val_loss": cross_entropy(probabilities, faces.labels),
        "val_accuracy": top1_accuracy(probabilities, faces.labels),
        "val_balanced_accuracy": balanced_accuracy(confusion_matrix(probabilities, faces.labels)),
    }


def _values(optimizer: keras.optimizers.Optimizer) -> Arrays:
    return [np.asarray(keras.ops.convert_to_numpy(variable)) for variable in optimizer.variables]
