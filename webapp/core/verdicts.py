"""From probabilities to the one word that is shown: with hysteresis, so that it does not flicker, and honest doubt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Rule:
    """When a label changes and when it counts as sure.

    Attributes:
        sure_from: An unsure face becomes sure at this probability, 0..1.
        unsure_below: A sure face becomes unsure below this probability, 0..`sure_from`.
        lead: Another label takes over only when it is more probable by at least this much, 0..1.
    """

    sure_from: float
    unsure_below: float
    lead: float

    def __post_init__(self) -> None:
        if not 0 <= self.unsure_below <= self.sure_from <= 1:
            raise ValueError(
                "`unsure_below` and `sure_from` must be 0 <= unsure_below <= sure_from <= 1. "
                f"Received: unsure_below={self.unsure_below}, sure_from={self.sure_from}"
            )
        if not 0 <= self.lead < 1:
            raise ValueError(f"`lead` must be in [0, 1). Received: lead={self.lead}")


@dataclass(frozen=True)
class Verdict:
    """What is said of a face.

    Attributes:
        label: Index of its expression.
        sure: Whether it is probable enough to be said without doubt.
    """

    label: int
    sure: bool


def decide(before: Verdict | None, probs: np.ndarray, rule: Rule) -> Verdict:
    """Returns the verdict on a face after a frame.

    Two thresholds and a lead instead of one threshold and the largest probability (a Schmitt trigger): what
    hovers around a border stays where it is.

    Args:
        before: The verdict of the frame before, `None` for a new face.
        probs: float array `(num_labels,)` that sums to 1, smoothed over time.
        rule: The thresholds.
    """
    best = int(np.argmax(probs))
    if before is None:
        return Verdict(best, bool(probs[best] >= rule.sure_from))
    changes = probs[best] - probs[before.label] > rule.lead
    label = best if changes else before.label
    threshold = rule.unsure_below if before.sure and not changes else rule.sure_from
    return Verdict(label, bool(probs[label] >= threshold))
