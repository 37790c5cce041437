"""Losses of the report, by name."""

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
    """L2 multiclass support vector machine (the report, section 4; after Weston & Watkins 1999, squared).

    Per image `1/2 * sum over j != y of max(0, s_j - s_y + MARGIN)^2` on raw scores: there is no softmax in
    training. The report does not give its margin; 1 is the usual one.

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


Loss = Callable[[Any, Any], Any]

LOSSES: dict[str, Loss] = {
    "cross_entropy": keras.losses.categorical_crossentropy,
    "focal": keras.losses.CategoricalFocalCrossentropy(alpha=1.0, gamma=2.0, reduction=None),
    "l2_svm": l2_svm,
}
"""By the name in a recipe. `focal` is Lin et al. 2017, https://arxiv.org/abs/1708.02002, with their gamma of 2."""


def make_loss(recipe: Recipe, shares: np.ndarray) -> Loss:
    """Returns what `compile` takes: the recipe's loss with its two ways of making rare labels count.

    With `label_prior` the probabilities are multiplied by the labels' shares to that power before the loss (Menon et
    al. 2021, https://arxiv.org/abs/2007.07314): at 1 the network learns what it would if all labels were as frequent.
    With `class_weights` an image counts by the mean share over its label's share.

    Args:
        recipe: Its loss and those two.
        shares: float array `(k,)`, share of every label in the training targets, > 0.

    Returns:
        A function of targets `(n, k)` and outputs `(n, k)` that gives `(n,)`.
    """
    base = LOSSES[recipe.loss]
    prior = (shares**recipe.label_prior).astype("float32")
    weights = (shares.mean() / shares).astype("float32")

    def loss(targets: Any, outputs: Any) -> Any:
        if recipe.label_prior:
            outputs = outputs * prior
            outputs = outputs / ops.sum(outputs, axis=-1, keepdims=True)
        values = base(targets, outputs)
        if recipe.class_weights:
            values = values * ops.sum(ops.cast(targets, values.dtype) * weights, axis=-1)
        return values

    return loss
