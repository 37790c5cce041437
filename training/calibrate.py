"""Temperature scaling (Guo et al. 2017, https://arxiv.org/abs/1706.04599): one number, chosen on validation."""

from __future__ import annotations

import keras
import numpy as np

from training.metrics import cross_entropy, softmax


def apply_temperature(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """Returns softmax(log(p) / temperature) for probabilities `(n, k)`; `temperature` > 0."""
    if temperature <= 0:
        raise ValueError(f"`temperature` must be > 0. Received: temperature={temperature}")
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-12)) / temperature
    return softmax(logits)


def find_temperature(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """Returns the temperature with the lowest cross-entropy on validation data, searched in 0.2..5.

    Cross-entropy has one minimum in the temperature, so golden-section search on its logarithm finds it.

    Args:
        probabilities: float array `(n, k)` of the uncalibrated model on the validation split.
        labels: int array `(n,)`.
    """
    low, high = np.log(0.2), np.log(5.0)
    golden = (np.sqrt(5) - 1) / 2
    for _ in range(40):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if _loss(probabilities, labels, left) < _loss(probabilities, labels, right):
            high = right
        else:
            low = left
    return round(float(np.exp((low + high) / 2)), 4)


def fold_temperature(model: keras.Model, temperature: float) -> None:
    """Divides the last dense layer by the temperature: the model then gives calibrated probabilities by itself."""
    kernel, bias = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel / temperature, bias / temperature])


def _loss(probabilities: np.ndarray, labels: np.ndarray, log_temperature: float) -> float:
    return cross_entropy(apply_temperature(probabilities, float(np.exp(log_temperature))), labels)
