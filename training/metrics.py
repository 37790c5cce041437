"""Figures from probabilities and labels: pure numpy."""

from __future__ import annotations

import numpy as np


def softmax(scores: np.ndarray) -> np.ndarray:
    """Returns probabilities `(n, k)` from raw scores or logits `(n, k)`."""
    weights = np.exp(scores - scores.max(1, keepdims=True))
    return weights / weights.sum(1, keepdims=True)


def top1_accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Returns the share of images, 0..1, whose most probable label is theirs; `(n, k)` and `(n,)` in."""
    return float(np.mean(probabilities.argmax(1) == labels))


def cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Returns the mean negative log-likelihood in nats of labels `(n,)` under probabilities `(n, k)`."""
    chosen = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.mean(np.log(np.maximum(chosen, 1e-12))))


def confusion_matrix(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Returns int64 counts `(k, k)`: row = true label, column = most probable label."""
    num_labels = probabilities.shape[1]
    flat = labels * num_labels + probabilities.argmax(1)
    return np.bincount(flat, minlength=num_labels**2).reshape(num_labels, num_labels)


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray, num_bins: int = 15) -> float:
    """Returns the mean gap, 0..1, between confidence and accuracy over equal-width bins (Guo et al. 2017)."""
    confidence = probabilities.max(1)
    correct = probabilities.argmax(1) == labels
    bins = np.minimum((confidence * num_bins).astype(int), num_bins - 1)
    gaps = [
        abs(correct[bins == b].mean() - confidence[bins == b].mean()) * np.mean(bins == b)
        for b in range(num_bins)
        if np.any(bins == b)
    ]
    return float(sum(gaps))


def balanced_accuracy(confusion: np.ndarray) -> float:
    """Returns the mean recall, 0..1, over the labels that occur in a confusion matrix `(k, k)`."""
    support = confusion.sum(1)
    present = support > 0
    return float(np.mean(np.diag(confusion)[present] / support[present]))


def per_class(confusion: np.ndarray) -> list[dict[str, float | int]]:
    """Returns precision, recall, F1 (0..1; 0 where undefined) and support per label of a `(k, k)` matrix."""
    rows = []
    for index in range(len(confusion)):
        hits = int(confusion[index, index])
        named, support = int(confusion[:, index].sum()), int(confusion[index].sum())
        rows.append(
            {
                "precision": round(hits / named, 6) if named else 0.0,
                "recall": round(hits / support, 6) if support else 0.0,
                "f1": round(2 * hits / (named + support), 6) if named + support else 0.0,
                "support": support,
            }
        )
    return rows
