"""Calibration on validation images: temperature scaling, or vector scaling (a scale and an offset per label).

Both are due to Guo et al. 2017, https://arxiv.org/abs/1706.04599, and linear in the logits. So they fold into the last
layer, and the model itself gives calibrated probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
from scipy.optimize import minimize, minimize_scalar

from training.evaluation.metrics import cross_entropy, expected_calibration_error, softmax

RIDGE = 1e-3
"""Strength of the penalty that keeps scales near 1 and offsets near 0 for labels with few images."""
NUM_FOLDS = 5
STANDARD_ERRORS = 2.0
"""Standard errors by which a change must be better, in cross-validation, to be adopted."""
TEMPERATURES = (0.02, 20.0)
"""Range of the search. An SVM's scores differ by about its margin of 1, which needs a temperature far below 1."""


@dataclass(frozen=True)
class Calibration:
    """A map of logits: centre, divide by the temperature, then scale and shift label by label.

    Attributes:
        temperature: Divisor of all logits, > 0.
        scales: Factor of each label's logit, > 0; empty for 1.
        offsets: Summand of each label's logit; empty for 0.
        chosen_by: Comparison that chose this form, in words; empty if there was no choice.
    """

    temperature: float
    scales: tuple[float, ...] = ()
    offsets: tuple[float, ...] = ()
    chosen_by: str = ""

    def __post_init__(self) -> None:
        if self.temperature <= 0:
            raise ValueError(f"`temperature` must be > 0. Received: temperature={self.temperature}")

    def apply(self, probabilities: np.ndarray) -> np.ndarray:
        """Maps the uncalibrated model's probabilities `(n, k)` to calibrated ones."""
        logits = _centred_logits(probabilities) / self.temperature
        if self.scales:
            logits = logits * np.array(self.scales) + np.array(self.offsets)
        return softmax(logits)

    def fold_into(self, model: keras.Model) -> None:
        """Changes the last dense layer so that the model's own outputs are calibrated."""
        kernel, bias = model.layers[-1].get_weights()
        kernel = (kernel - kernel.mean(1, keepdims=True)) / self.temperature
        bias = (bias - bias.mean()) / self.temperature
        if self.scales:
            kernel = kernel * np.array(self.scales)
            bias = bias * np.array(self.scales) + np.array(self.offsets)
        model.layers[-1].set_weights([kernel, bias])

    def take_out_of(self, model: keras.Model) -> None:
        """Reverts `fold_into`, up to a shift of all logits."""
        kernel, bias = model.layers[-1].get_weights()
        if self.scales:
            kernel = kernel / np.array(self.scales)
            bias = (bias - np.array(self.offsets)) / np.array(self.scales)
        model.layers[-1].set_weights([kernel * self.temperature, bias * self.temperature])

    @classmethod
    def from_dict(cls, entry: Mapping[str, Any]) -> Calibration:
        """Reads a card's entry."""
        scales, offsets = entry.get("label_scales", ()), entry.get("label_offsets", ())
        return cls(entry["temperature"], tuple(scales), tuple(offsets), entry.get("chosen_by", ""))

    def as_dict(self) -> dict[str, Any]:
        """Returns the card's entry."""
        entry: dict[str, Any] = {"temperature": self.temperature}
        if self.scales:
            entry |= {"label_scales": list(self.scales), "label_offsets": list(self.offsets)}
        return entry | ({"chosen_by": self.chosen_by} if self.chosen_by else {})


Fit = Callable[[np.ndarray, np.ndarray], Calibration]


def fit_temperature(probabilities: np.ndarray, labels: np.ndarray) -> Calibration:
    """Finds the temperature in `TEMPERATURES` with the lowest cross-entropy, rounded to four decimal places.

    Args:
        probabilities: float array `(n, k)`, the uncalibrated model's answers to the validation split.
        labels: int array `(n,)`.
    """

    def loss(log_temperature: float) -> float:
        return cross_entropy(Calibration(float(np.exp(log_temperature))).apply(probabilities), labels)

    # Cross-entropy has one minimum in the temperature, so a bounded search of its logarithm finds it.
    found = minimize_scalar(loss, bounds=np.log(TEMPERATURES), method="bounded", options={"xatol": 1e-8})
    return Calibration(round(float(np.exp(found.x)), 4))


def fit_scales(probabilities: np.ndarray, labels: np.ndarray) -> Calibration:
    """Finds a temperature, then a scale and an offset per label, with the lowest cross-entropy plus a small penalty.

    Args:
        probabilities: float array `(n, k)`, the uncalibrated model's answers to the validation split.
        labels: int array `(n,)`.
    """
    first = fit_temperature(probabilities, labels)
    logits = _centred_logits(probabilities) / first.temperature
    num_labels = logits.shape[1]
    truth = np.eye(num_labels)[labels]
    neutral = np.repeat([1.0, 0.0], num_labels)

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        found = softmax(logits * values[:num_labels] + values[num_labels:])
        error = (found - truth) / len(labels)
        slope = np.concatenate([(error * logits).sum(0), error.sum(0)])
        penalty = RIDGE * np.sum((values - neutral) ** 2)
        return cross_entropy(found, labels) + penalty, slope + 2 * RIDGE * (values - neutral)

    bounds = [(0.1, 10.0)] * num_labels + [(-5.0, 5.0)] * num_labels
    found = minimize(loss, neutral, jac=True, method="L-BFGS-B", bounds=bounds).x
    numbers = [round(float(value), 4) for value in found]
    return Calibration(first.temperature, tuple(numbers[:num_labels]), tuple(numbers[num_labels:]))


def cross_validated(probabilities: np.ndarray, labels: np.ndarray, fit: Fit) -> np.ndarray:
    """Returns probabilities `(n, k)`, each image's calibrated by a fit to the images of the other folds."""
    fold = np.random.default_rng(0).permutation(len(labels)) % NUM_FOLDS
    calibrated = np.zeros(probabilities.shape)
    for number in range(NUM_FOLDS):
        own = fold == number
        calibrated[own] = fit(probabilities[~own], labels[~own]).apply(probabilities[own])
    return calibrated


def losses_by_other_folds(probabilities: np.ndarray, labels: np.ndarray, fit: Fit) -> np.ndarray:
    """Returns each image's cross-entropy `(n,)` in nats, calibrated by a fit to the images of the other folds."""
    calibrated = cross_validated(probabilities, labels, fit)
    return -np.log(np.maximum(calibrated[np.arange(len(labels)), labels], 1e-12))


def clearly_better(before: np.ndarray, after: np.ndarray) -> tuple[bool, float, float]:
    """Compares losses `(n,)` image by image.

    Returns:
        Whether `after` is lower by more than `STANDARD_ERRORS`, the mean difference, and its standard error.
    """
    gains = before - after
    gain, error = float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(len(gains)))
    return gain > STANDARD_ERRORS * error, gain, error


def choose(probabilities: np.ndarray, labels: np.ndarray, *, keep_label_shares: bool = False) -> Calibration:
    """Fits the calibration that a model ships with: vector scaling only if it is clearly better in cross-validation.

    Args:
        probabilities: float array `(n, k)`, the uncalibrated model's answers to the validation split.
        labels: int array `(n,)`.
        keep_label_shares: Whether the training set the labels' shares (`Recipe.sets_label_shares`). The result is then
            one temperature, as numbers per label would bring back those of the validation split.
    """
    if keep_label_shares:
        reason = "one temperature, as the training set the labels' shares"
        return replace(fit_temperature(probabilities, labels), chosen_by=reason)
    one, per_label = (
        losses_by_other_folds(probabilities, labels, fit) for fit in (fit_temperature, fit_scales)
    )
    clearly, gain, error = clearly_better(one, per_label)
    chosen = (fit_scales if clearly else fit_temperature)(probabilities, labels)
    return Calibration(
        chosen.temperature,
        chosen.scales,
        chosen.offsets,
        f"{NUM_FOLDS}-fold cross-entropy: one temperature {one.mean():.4f}, scales per label "
        f"{per_label.mean():.4f}, better by {gain:.4f} with standard error {error:.4f}",
    )


def error_by_chance(probabilities: np.ndarray, repeats: int = 200) -> tuple[float, float]:
    """Estimates the calibration error that a perfectly calibrated model would show by chance.

    With few images per bin the error is above zero by chance alone. So labels are drawn from the probabilities
    themselves, and the error is measured against those.

    Args:
        probabilities: float array `(n, k)`.
        repeats: Number of draws.

    Returns:
        Mean and 97.5th percentile of the error, 0..1.
    """
    random = np.random.default_rng(0)
    total = probabilities.cumsum(1)
    errors = [
        expected_calibration_error(probabilities, (total > random.random((len(total), 1))).argmax(1))
        for _ in range(repeats)
    ]
    return float(np.mean(errors)), float(np.percentile(errors, 97.5))


def _centred_logits(probabilities: np.ndarray) -> np.ndarray:
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-12))
    return logits - logits.mean(1, keepdims=True)
