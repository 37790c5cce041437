"""Batch statistics of the images that the network will see, in place of those of augmented ones.

While it trains, batch normalisation follows shifted, turned and darkened images through dropout. Afterwards nothing of
that happens, and means and variances are others. Estimating them again is usual after weights were averaged (Izmailov
et al. 2018, https://arxiv.org/abs/1803.05407); that a network should meet in training what it meets in use is also
said by Touvron et al. 2019, https://arxiv.org/abs/1906.06423. What it brought: docs/experiments.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

from training.data.batches import predict_all
from training.data.faces import Faces
from training.evaluation.calibrate import clearly_better, fit_temperature, losses_by_other_folds
from training.evaluation.metrics import top1_accuracy

BATCH_SIZE = 512


@dataclass(frozen=True)
class PreciseBN:
    """Which statistics a model ships with.

    Attributes:
        clean: Whether they are those of the training images without augmentation and dropout.
        chosen_by: Why, in words.
    """

    clean: bool
    chosen_by: str

    def as_dict(self) -> dict[str, str]:
        """Returns what a card holds of it."""
        of = "training images as they are" if self.clean else "augmented training images, averaged"
        return {"of": of, "chosen_by": self.chosen_by}


def choose_batch_statistics(model: keras.Model, images: np.ndarray, validation: Faces) -> PreciseBN:
    """Takes clean statistics where they are clearly better on the validation split, else leaves the model as it was.

    Both ways are compared by cross-entropy with a temperature each.

    Args:
        model: Of softmax outputs; changed in place.
        images: Training images as they are, as for `estimate_batch_statistics`.
        validation: The images that decide.
    """
    before, labels = model.get_weights(), validation.labels
    answers = [predict_all(model.predict_on_batch, validation.images)]
    estimate_batch_statistics(model, images)
    answers.append(predict_all(model.predict_on_batch, validation.images))
    losses = [losses_by_other_folds(found, labels, fit_temperature) for found in answers]
    clean, gain, error = clearly_better(*losses)
    if not clean:
        model.set_weights(before)
    old, new = (f"{np.mean(loss):.4f}" for loss in losses)
    right = [f"{top1_accuracy(found, labels):.2%}" for found in answers]
    return PreciseBN(
        clean,
        f"cross-entropy {old} averaged over training, {new} of images as they are, better by {gain:.4f} with standard "
        f"error {error:.4f}; accuracy {right[0]} and {right[1]}",
    )


def estimate_batch_statistics(model: keras.Model, images: np.ndarray) -> None:
    """Sets every batch normalisation's mean and variance to the average over batches of `images`.

    Dropout is off, nothing else of the model changes.

    Args:
        model: Its layers of these two kinds must be in the model itself, not nested.
        images: uint8 array `(n, h, w, 1)`, n >= 1, training images as they are. Taken in a fixed random order; the rest
            that fills no batch is left out.
    """
    normalisations = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    dropouts = [layer for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    before = [layer.momentum for layer in normalisations], [layer.rate for layer in dropouts]
    order = np.random.default_rng(0).permutation(len(images))
    try:
        for layer in dropouts:
            layer.rate = 0.0
        for number in range(max(1, len(images) // BATCH_SIZE)):
            for layer in normalisations:
                layer.momentum = number / (number + 1)
            chosen = order[number * BATCH_SIZE : (number + 1) * BATCH_SIZE]
            model(images[chosen].astype("float32"), training=True)
    finally:
        for layer, momentum in zip(normalisations, before[0], strict=True):
            layer.momentum = momentum
        for layer, rate in zip(dropouts, before[1], strict=True):
            layer.rate = rate
