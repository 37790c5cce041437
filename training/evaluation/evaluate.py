"""Measures a model on a split, in a single pass and with test-time augmentation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from training.data import duplicated
from training.data.batches import Predict, predict_all, predict_ten_crops
from training.data.faces import LABELS, Faces
from training.evaluation.metrics import (
    ReliabilityBin,
    accuracy_interval,
    balanced_accuracy,
    confusion_matrix,
    cross_entropy,
    expected_calibration_error,
    per_class,
    reliability_bins,
    top1_accuracy,
)

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True)
class Metrics:
    """Metrics of probabilities against labels.

    Attributes:
        num_images: Number of images.
        accuracy: Share of right answers, 0..1.
        interval: 95 % bootstrap interval of the accuracy, 0..1.
        balanced_accuracy: Mean recall over labels, 0..1.
        nll: Mean negative log-likelihood (cross-entropy) in nats.
        ece: Expected calibration error, 15 bins, 0..1.
        reliability: Bins of the calibration error.
        confusion: int array `(k, k)`, row = true label.
        labels: Names of the k labels.
    """

    num_images: int
    accuracy: float
    interval: tuple[float, float]
    balanced_accuracy: float
    nll: float
    ece: float
    reliability: tuple[ReliabilityBin, ...]
    confusion: np.ndarray
    labels: tuple[str, ...] = LABELS

    def as_dict(self) -> dict[str, Any]:
        """Returns the metrics as cards and `result.json` store them."""
        return {
            "n": self.num_images,
            "accuracy": round(self.accuracy, 6),
            "accuracy_interval": [round(end, 6) for end in self.interval],
            "balanced_accuracy": round(self.balanced_accuracy, 6),
            "nll": round(self.nll, 6),
            "ece": round(self.ece, 6),
            "reliability": [
                {"n": b.n, "confidence": round(b.confidence, 6), "accuracy": round(b.accuracy, 6)}
                for b in self.reliability
            ],
            "per_class": [
                {"label": label, **scores}
                for label, scores in zip(self.labels, per_class(self.confusion), strict=True)
            ],
            "confusion": self.confusion.tolist(),
        }


@dataclass(frozen=True)
class Evaluation:
    """A model's answers to one split, and their metrics.

    Attributes:
        single: Metrics of a single pass.
        flip: Metrics with test-time augmentation (flip); `None` if not measured.
        no_duplicates: Metrics of a single pass without the images that another split holds too; `None` if none.
        probabilities: float array `(n, k)`, answers of the single pass.
        truth: int array `(n,)`, true labels.
        ten_crop: Metrics with ten crops averaged; `None` if not measured.
    """

    single: Metrics
    flip: Metrics | None
    no_duplicates: Metrics | None
    probabilities: np.ndarray
    truth: np.ndarray
    ten_crop: Metrics | None = None

    def as_dict(self) -> dict[str, Any]:
        """Returns the metrics by name, without the answers."""
        measured = {
            "single": self.single,
            "flip": self.flip,
            "ten_crop": self.ten_crop,
            "no_duplicates": self.no_duplicates,
        }
        return {name: metrics.as_dict() for name, metrics in measured.items() if metrics is not None}


def measure(
    probabilities: np.ndarray,
    truth: np.ndarray,
    *,
    groups: np.ndarray | None = None,
    labels: tuple[str, ...] = LABELS,
) -> Metrics:
    """Compares probabilities `(n, k)` with labels `(n,)`.

    Args:
        probabilities: float array `(n, k)`.
        truth: int array `(n,)`, true labels.
        groups: int array `(n,)`, number of the person in each image, for the interval. Default: images are independent.
        labels: Names of the k labels.
    """
    confusion = confusion_matrix(probabilities, truth)
    return Metrics(
        num_images=len(truth),
        accuracy=top1_accuracy(probabilities, truth),
        interval=accuracy_interval(probabilities.argmax(1) == truth, groups),
        balanced_accuracy=balanced_accuracy(confusion),
        nll=cross_entropy(probabilities, truth),
        ece=expected_calibration_error(probabilities, truth),
        reliability=tuple(reliability_bins(probabilities, truth)),
        confusion=confusion,
        labels=labels,
    )


def evaluate(
    predict: Predict, faces: Faces, duplicates: np.ndarray | None = None, *, ten_crop: bool = False
) -> Evaluation:
    """Measures one split in a single pass, with test-time augmentation, and without duplicates.

    Args:
        predict: Function from a batch of images to probabilities.
        faces: Split to measure on.
        duplicates: bool array `(n,)` that marks the images that another split holds too. Default: there are none.
        ten_crop: Whether ten crops of each image are averaged too, beside the mirror image: ten more passes.
    """
    plain = predict_all(predict, faces.images)
    flip = (plain + predict_all(predict, faces.images[:, :, ::-1])) / 2
    truth, groups = faces.labels, faces.groups
    clean = None
    if duplicates is not None and duplicates.any() and not duplicates.all():
        clean = measure(plain[~duplicates], truth[~duplicates])
    single, flipped = measure(plain, truth, groups=groups), measure(flip, truth, groups=groups)
    cropped = measure(predict_ten_crops(predict, faces.images), truth, groups=groups) if ten_crop else None
    return Evaluation(single, flipped, clean, plain, truth, cropped)


def answers(evaluation: Evaluation) -> dict[str, str]:
    """Returns the answers image by image, in the order of the split, as `result.json` stores them.

    Returns:
        Three strings: the predicted labels' indices as digits, 1 or 0 for right or wrong, and the predicted labels'
        probabilities in thousandths.
    """
    given = evaluation.probabilities.argmax(1)
    return {
        "given": "".join(map(str, given)),
        "right": "".join(map(str, (given == evaluation.truth).astype(int))),
        "top_per_mille": " ".join(str(round(1000 * float(p))) for p in evaluation.probabilities.max(1)),
    }


def evaluate_splits(
    model: keras.Model, splits: Mapping[str, Faces], names: Iterable[str]
) -> dict[str, Evaluation]:
    """Measures the named splits, each also without the images that any other of `splits` holds too."""
    return {name: evaluate(model.predict_on_batch, splits[name], duplicated(splits, name)) for name in names}
