"""Probabilities over time."""

from __future__ import annotations

import math

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
