"""Training losses by name, with class weights and logit adjustment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from training.config import Recipe

MARGIN = 1.0


@keras.saving.register_keras_serializable("countenance")
def l2_svm(targets: Any, scores: Any) -> Any:
    """L2 multiclass SVM loss (the report, section 4): Weston & Watkins' multiclass hinge loss of 1999, squared.

    Per image `1/2 * sum over j != y of max(0, s_j - s_y + MARGIN)^2` on raw scores, without a softmax. The report does
    not give its margin; 1 is the usual one.

    Args:
        targets: float tensor `(n, k)`, one-hot.
        scores: float tensor `(n, k)`, raw.

    Returns:
        float tensor `(n,)`, >= 0.
    """
    targets = ops.cast(targets, scores.dtype)
    own = ops.sum(targets * scores, axis=-1, keepdims=True)
    violations = ops.maximum(scores - own + MARGIN, 0.0) * (1 - targets)
    return 0.5 * ops.sum(ops.square(violations), axis=-1)


def adjust_logits(probabilities: Any, shares: np.ndarray, tau: float) -> Any:
    """Adds `tau * log(shares)` to the logits behind probabilities (logit adjustment).

    Menon et al. 2021, https://arxiv.org/abs/2007.07314: in the training loss, a positive `tau` makes the network learn
    as if labels were more equally frequent. After training, a negative `tau` has that effect without retraining.

    Args:
        probabilities: float tensor `(n, k)`.
        shares: float array `(k,)`, share of every label in the training targets, > 0.
        tau: Strength; 0 changes nothing, 1 or -1 accounts for the shares in full.

    Returns:
        float tensor `(n, k)`, rows sum to 1.
    """
    scaled = probabilities * (shares**tau).astype("float32")
    return scaled / ops.sum(scaled, axis=-1, keepdims=True)


Loss = Callable[[Any, Any], Any]

LOSSES: dict[str, Loss] = {
    "cross_entropy": keras.losses.categorical_crossentropy,
    "focal": keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=2.0, reduction=None),
    "l2_svm": l2_svm,
}
"""Losses by name in a recipe. `focal` is Lin et al. 2017, https://arxiv.org/abs/1708.02002, with their gamma of 2."""


def make_loss(recipe: Recipe, shares: np.ndarray) -> Loss:
    """Returns the recipe's loss, for `compile`, with its two ways of balancing the labels.

    With `label_prior`, logit adjustment is part of the loss: at 1 the network learns what it would learn if all labels
    were equally frequent. With `class_weights`, an image's weight is the mean share over its label's share.

    Args:
        recipe: Recipe that names the loss, `label_prior` and `class_weights`.
        shares: float array `(k,)`, share of every label in the training targets, > 0.

    Returns:
        A function of targets `(n, k)` and outputs `(n, k)` that returns losses `(n,)`.
    """
    base = LOSSES[recipe.loss]
    weights = (shares.mean() / shares).astype("float32")

    def loss(targets: Any, outputs: Any) -> Any:
        if recipe.label_prior:
            outputs = adjust_logits(outputs, shares, recipe.label_prior)
        values = base(targets, outputs)
        if recipe.class_weights:
            values = values * ops.sum(ops.cast(targets, values.dtype) * weights, axis=-1)
        return values

    return loss
