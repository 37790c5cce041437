"""Metrics of probabilities against labels, and their bootstrap intervals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sklearn.metrics

NUM_RESAMPLES = 10_000
BOOTSTRAP_SEED = 0


def softmax(scores: np.ndarray) -> np.ndarray:
    """Returns probabilities `(n, k)` from raw scores or logits `(n, k)`."""
    weights = np.exp(scores - scores.max(1, keepdims=True))
    return weights / weights.sum(1, keepdims=True)


def top1_accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Returns the share of images, 0..1, whose most probable label `(n, k)` is their own label `(n,)`."""
    return float(np.mean(probabilities.argmax(1) == labels))


def cross_entropy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Returns the mean negative log-likelihood in nats of labels `(n,)` under probabilities `(n, k)`."""
    chosen = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.mean(np.log(np.maximum(chosen, 1e-12))))


def confusion_matrix(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Returns int64 counts `(k, k)`: row = true label, column = most probable label."""
    every_label = np.arange(probabilities.shape[1])
    return sklearn.metrics.confusion_matrix(labels, probabilities.argmax(1), labels=every_label)


@dataclass(frozen=True)
class ReliabilityBin:
    """One bin of a reliability diagram.

    Attributes:
        n: Number of answers in the bin, >= 1.
        confidence: Mean probability of the predicted labels, 0..1.
        accuracy: Share of right answers, 0..1.
    """

    n: int
    confidence: float
    accuracy: float


def reliability_bins(
    probabilities: np.ndarray, labels: np.ndarray, num_bins: int = 15
) -> list[ReliabilityBin]:
    """Sorts answers by confidence into equal-width bins (Guo et al. 2017).

    Args:
        probabilities: float array `(n, k)`.
        labels: int array `(n,)`.
        num_bins: Number of bins between 0 and 1.

    Returns:
        The bins that hold answers, by ascending confidence.
    """
    confidence = probabilities.max(1)
    correct = probabilities.argmax(1) == labels
    bins = _bin_of(confidence, num_bins)
    return [
        ReliabilityBin(int(chosen.sum()), float(confidence[chosen].mean()), float(correct[chosen].mean()))
        for chosen in (bins == index for index in range(num_bins))
        if chosen.any()
    ]


def _bin_of(confidence: np.ndarray, num_bins: int) -> np.ndarray:
    return np.minimum((confidence * num_bins).astype(int), num_bins - 1)


def expected_calibration_error(
    probabilities: np.ndarray, labels: np.ndarray, num_bins: int = 15, *, weights: np.ndarray | None = None
) -> float:
    """Returns the mean gap, 0..1, between confidence and accuracy over equal-width bins (Guo et al. 2017).

    Args:
        probabilities: float array `(n, k)`.
        labels: int array `(n,)`.
        num_bins: Number of bins between 0 and 1.
        weights: float array `(n,)`, how much each answer counts (`weights_for_shares`). Default: all alike.
    """
    weights = np.ones(len(labels)) if weights is None else weights
    confidence = probabilities.max(1)
    gaps = weights * ((probabilities.argmax(1) == labels) - confidence)
    per_bin = np.bincount(_bin_of(confidence, num_bins), gaps)
    return float(np.abs(per_bin).sum() / weights.sum())


def weights_for_shares(labels: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Returns the weight of each answer with which the labels that occur have the given shares among themselves.

    Args:
        labels: int array `(n,)`.
        shares: float array `(k,)`, share of each label.

    Returns:
        float array `(n,)`, mean 1.
    """
    weights = (shares / np.maximum(np.bincount(labels, minlength=len(shares)), 1))[labels]
    return weights / weights.mean()


def accuracy_interval(right: np.ndarray, groups: np.ndarray | None = None) -> tuple[float, float]:
    """Returns the 95 % bootstrap interval of an accuracy from percentiles of 10,000 seeded resamples.

    Images are drawn with replacement. The number of right answers among n drawn images is binomially distributed, so it
    is drawn directly. With `groups`, whole groups are drawn: images of one person or one video resemble each other, and
    drawing them one by one would make the interval too narrow.

    Args:
        right: bool array `(n,)` that marks the right answers.
        groups: int array `(n,)`, number of the person or video of each image. Default: images are independent.

    Returns:
        Lower and upper end, 0..1.
    """
    random = np.random.default_rng(BOOTSTRAP_SEED)
    if groups is None:
        shares = random.binomial(len(right), right.mean(), NUM_RESAMPLES) / len(right)
    else:
        _, index = np.unique(groups, return_inverse=True)
        hits, sizes = np.bincount(index, right.astype(float)), np.bincount(index).astype(float)
        drawn = random.multinomial(len(sizes), np.full(len(sizes), 1 / len(sizes)), NUM_RESAMPLES)
        shares = (drawn @ hits) / (drawn @ sizes)
    low, high = np.percentile(shares, (2.5, 97.5))
    return float(low), float(high)


def difference_interval(right: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Returns the 95 % bootstrap interval of the difference of two accuracies on the same images.

    If there are several training runs, their mean accuracies are compared, and runs are drawn as well as images.

    Args:
        right: bool array `(n,)` or `(runs, n)` that marks the right answers of the first model.
        other: bool array of the second model's right answers to the same images. Its number of runs may differ.

    Returns:
        Lower and upper end, -1..1.

    Raises:
        ValueError: If the numbers of images differ.
    """
    right, other = np.atleast_2d(right), np.atleast_2d(other)
    num_images = right.shape[1]
    if other.shape[1] != num_images:
        raise ValueError(f"`other` must have {num_images} answers. Received: {other.shape[1]}")
    # Images that all runs answer alike are interchangeable: drawing the patterns' counts is drawing images, but faster.
    patterns, counts = np.unique(np.concatenate([right, other]).T, axis=0, return_counts=True)
    random = np.random.default_rng(BOOTSTRAP_SEED)
    shares = random.multinomial(num_images, counts / num_images, NUM_RESAMPLES) @ patterns / num_images
    means = []
    for ours in (shares[:, : len(right)], shares[:, len(right) :]):
        num_runs = ours.shape[1]
        drawn = random.multinomial(num_runs, np.full(num_runs, 1 / num_runs), NUM_RESAMPLES)
        means.append((drawn * ours).sum(1) / num_runs)
    low, high = np.percentile(means[0] - means[1], (2.5, 97.5))
    return float(low), float(high)


def balanced_accuracy(confusion: np.ndarray) -> float:
    """Returns the mean recall, 0..1, over the labels that occur in a confusion matrix `(k, k)`."""
    _, recall, _, support = _scores(confusion)
    return float(recall[support > 0].mean())


def per_class(confusion: np.ndarray) -> list[dict[str, float | int]]:
    """Returns precision, recall, F1 (0..1; 0 where undefined) and support per label of a `(k, k)` matrix."""
    return [
        {
            "precision": round(float(precision), 6),
            "recall": round(float(recall), 6),
            "f1": round(float(f1), 6),
            "support": int(support),
        }
        for precision, recall, f1, support in zip(*_scores(confusion), strict=True)
    ]


def _scores(confusion: np.ndarray) -> tuple[np.ndarray, ...]:
    """Returns precision, recall, F1 and support, each `(k,)`, of a confusion matrix `(k, k)`."""
    # scikit-learn takes labels and predictions, not their matrix: each of its cells is one pair, weighted by its count.
    labels, predictions = np.indices(confusion.shape).reshape(2, -1)
    return sklearn.metrics.precision_recall_fscore_support(
        labels,
        predictions,
        labels=np.arange(len(confusion)),
        sample_weight=confusion.ravel(),
        zero_division=0,
    )
