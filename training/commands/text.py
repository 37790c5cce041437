"""Figures as text tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def format_confusion(confusion: np.ndarray, labels: Sequence[str]) -> str:
    """Returns a confusion matrix `(k, k)` as a text table, row = true label, in percent of the row."""
    shares = 100 * confusion / np.maximum(confusion.sum(1, keepdims=True), 1)
    lines = [" " * 10 + "".join(f"{label:>10}" for label in labels)]
    lines += [
        f"{label:10}" + "".join(f"{share:10.1f}" for share in row)
        for label, row in zip(labels, shares, strict=True)
    ]
    return "\n".join(lines)
