"""Losses of the report, by name."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

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


LOSSES = {"cross_entropy": "categorical_crossentropy", "l2_svm": l2_svm}
"""What `compile` takes, by the name in a recipe."""
