"""From probabilities to the label that is shown: smoothed over time, steadied by hysteresis, "unsure" where it is."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np


def smooth(previous: np.ndarray | None, current: np.ndarray, *, dt_s: float, tau_s: float) -> np.ndarray:
    """Blends one frame's probabilities into the running estimate of a face.

    The weight grows with `dt_s`, so the answer does not depend on the frame rate.

    Args:
        previous: float array `(num_labels,)`, or `None` at the first frame.
        current: float array `(num_labels,)` that sums to 1.
        dt_s: Seconds since `previous`, > 0.
        tau_s: Time constant, > 0: after `tau_s` seconds 63 % of a change shows.

    Returns:
        float array `(num_labels,)` that sums to 1.

    Raises:
        ValueError: If a time is not positive.
    """
    if dt_s <= 0 or tau_s <= 0:
        raise ValueError(f"`dt_s` and `tau_s` must be > 0. Received: {dt_s=}, {tau_s=}")
    if previous is None:
        return current
    return previous + (1.0 - math.exp(-dt_s / tau_s)) * (current - previous)


@dataclass(frozen=True)
class Hysteresis:
    """When a label changes and when it counts as sure.

    Attributes:
        sure_from: Probability at which an unsure face becomes sure, 0..1.
        unsure_below: Probability below which a sure face becomes unsure, 0..`sure_from`.
        margin: Advantage in probability that another label needs to take over, 0..1.
    """

    sure_from: float
    unsure_below: float
    margin: float

    def __post_init__(self) -> None:
        if not 0 <= self.unsure_below <= self.sure_from <= 1:
            raise ValueError(
                "`unsure_below` and `sure_from` must be 0 <= unsure_below <= sure_from <= 1. "
                f"Received: unsure_below={self.unsure_below}, sure_from={self.sure_from}"
            )
        if not 0 <= self.margin < 1:
            raise ValueError(f"`margin` must be in [0, 1). Received: margin={self.margin}")


@dataclass(frozen=True)
class LabelState:
    """The label of a face.

    Attributes:
        label: Index of its expression.
        sure: Whether the label is probable enough to be shown without a question mark.
    """

    label: int
    sure: bool


def update_label(before: LabelState | None, probs: np.ndarray, hysteresis: Hysteresis) -> LabelState:
    """Returns the label of a face after a frame.

    Two thresholds and a margin replace one threshold and the largest probability (a Schmitt trigger), so that a
    probability that hovers around a border does not make the label flicker.

    Args:
        before: State after the previous frame, `None` for a new face.
        probs: float array `(num_labels,)` that sums to 1, smoothed over time.
        hysteresis: Thresholds.
    """
    best = int(np.argmax(probs))
    if before is None:
        return LabelState(best, bool(probs[best] >= hysteresis.sure_from))
    changes = probs[best] - probs[before.label] > hysteresis.margin
    label = best if changes else before.label
    threshold = hysteresis.unsure_below if before.sure and not changes else hysteresis.sure_from
    return LabelState(label, bool(probs[label] >= threshold))
