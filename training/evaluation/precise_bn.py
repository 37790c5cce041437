"""Precise batch normalisation: statistics of the images that the network sees in use, not of augmented ones.

In training, batch normalisation averages over shifted, rotated and darkened images and over dropout. In use there is
neither, so means and variances differ. Estimating them again is usual after averaging weights (Izmailov et al. 2018,
https://arxiv.org/abs/1803.05407) and known as precise BN (Wu & Johnson 2021, https://arxiv.org/abs/2105.07576). Touvron
et al. 2019, https://arxiv.org/abs/1906.06423, describe the same gap between training and use. Its effect here:
docs/experiments/training.md.
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
    """The batch statistics that a model ships with.

    Attributes:
        clean: Whether they are precise, of the training images without augmentation and dropout.
        chosen_by: Comparison that chose them, in words.
    """

    clean: bool
    chosen_by: str

    def as_dict(self) -> dict[str, str]:
        """Returns the card's entry."""
        of = "training images as they are" if self.clean else "augmented training images, averaged"
        return {"of": of, "chosen_by": self.chosen_by}


def choose_batch_statistics(model: keras.Model, images: np.ndarray, validation: Faces) -> PreciseBN:
    """Adopts precise statistics if they are clearly better on the validation split; otherwise the model stays as it is.

    Both are compared by cross-entropy, each with a temperature of its own.

    Args:
        model: Model with softmax outputs; changed in place.
        images: uint8 array `(n, h, w, 1)`, training images without augmentation.
        validation: Images to compare on.
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
    """Sets every batch normalisation's mean and variance to the average over batches of `images`, without dropout.

    Args:
        model: Model whose batch normalisation and dropout layers are its own, not nested; changed in place.
        images: uint8 array `(n, h, w, 1)`, n >= 1, training images without augmentation. They are taken in a fixed
            random order; images that do not fill a last batch are left out.
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
                layer.momentum = number / (
                    number + 1
                )  # makes the moving average the plain mean of all batches
            chosen = order[number * BATCH_SIZE : (number + 1) * BATCH_SIZE]
            model(images[chosen].astype("float32"), training=True)
    finally:
        for layer, momentum in zip(normalisations, before[0], strict=True):
            layer.momentum = momentum
        for layer, rate in zip(dropouts, before[1], strict=True):
            layer.rate = rate
