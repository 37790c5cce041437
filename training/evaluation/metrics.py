"""Figures from probabilities and labels: pure numpy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NUM_RESAMPLES = 10_000
BOOTSTRAP_SEED = 0


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


@dataclass(frozen=True)
class ReliabilityBin:
    """Answers of about one confidence.

    Attributes:
        n: Their number, >= 1.
        confidence: Their mean top probability, 0..1.
        accuracy: Share of them that is right, 0..1.
    """

    n: int
    confidence: float
    accuracy: float


def reliability_bins(
    probabilities: np.ndarray, labels: np.ndarray, num_bins: int = 15
) -> list[ReliabilityBin]:
    """Sorts answers by confidence into equal-width bins (Guo et al. 2017); bins without answers are left out.

    Args:
        probabilities: float array `(n, k)`.
        labels: int array `(n,)`.
        num_bins: Bins between 0 and 1.
    """
    confidence = probabilities.max(1)
    correct = probabilities.argmax(1) == labels
    bins = np.minimum((confidence * num_bins).astype(int), num_bins - 1)
    return [
        ReliabilityBin(int(chosen.sum()), float(confidence[chosen].mean()), float(correct[chosen].mean()))
        for chosen in (bins == index for index in range(num_bins))
        if chosen.any()
    ]


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray, num_bins: int = 15) -> float:
    """Returns the mean gap, 0..1, between confidence and accuracy over equal-width bins (Guo et al. 2017)."""
    bins = reliability_bins(probabilities, labels, num_bins)
    return float(sum(abs(b.accuracy - b.confidence) * b.n for b in bins) / len(labels))


def accuracy_interval(right: np.ndarray, groups: np.ndarray | None = None) -> tuple[float, float]:
    """Returns the 95 % bootstrap interval of an accuracy: percentiles of 10,000 resamples, seeded.

    Images are drawn with replacement. How many of n drawn images are right is binomially distributed, so the counts
    are drawn as such. With groups whole groups are drawn: images of one person or one film resemble each other, and
    drawing them one by one would make the interval too narrow.

    Args:
        right: bool array `(n,)`, which answers are right.
        groups: int array `(n,)`, whose image each is; each image by itself if left out.

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
    """Returns the 95 % bootstrap interval of an accuracy minus another one on the same images, as above.

    Where there are several trainings, means are compared, and trainings are drawn as well as images.

    Args:
        right: bool array `(n,)`, or `(trainings, n)`: which answers of the first are right.
        other: bool array, the same of the second, image by image; its number of trainings may be another.

    Returns:
        Lower and upper end, -1..1.

    Raises:
        ValueError: If the numbers of images differ: then they are not the same images.
    """
    right, other = np.atleast_2d(right), np.atleast_2d(other)
    num_images = right.shape[1]
    if other.shape[1] != num_images:
        raise ValueError(f"`other` must have {num_images} answers. Received: {other.shape[1]}")
    patterns, counts = np.unique(np.concatenate([right, other]).T, axis=0, return_counts=True)
    random = np.random.default_rng(BOOTSTRAP_SEED)
    shares = random.multinomial(num_images, counts / num_images, NUM_RESAMPLES) @ patterns / num_images
    means = []
    for ours in (shares[:, : len(right)], shares[:, len(right) :]):
        trainings = ours.shape[1]
        drawn = random.multinomial(trainings, np.full(trainings, 1 / trainings), NUM_RESAMPLES)
        means.append((drawn * ours).sum(1) / trainings)
    low, high = np.percentile(means[0] - means[1], (2.5, 97.5))
    return float(low), float(high)


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
