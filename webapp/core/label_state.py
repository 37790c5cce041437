"""From probabilities to the label that is shown: smoothed over time, steadied by hysteresis, "unsure" where it is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol

import numpy as np

from webapp.core.label_strength import LabelStrength


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


NEUTRAL = "neutral"

DEFAULT_READING = {"sure_from": 0.5, "unsure_below": 0.4, "lead": 0.1, "smoothing_s": 0.4}
"""Values for a model whose card names none: docs/reference/live.md says how they are chosen."""


class ReadingCard(Protocol):
    """The part of a model's card that says how its answers are read."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the probabilities, in the model's order."""

    @property
    def content(self) -> Mapping[str, Any]:
        """The whole card; `reading` holds what was chosen for the model."""


@dataclass(frozen=True)
class LabelThresholds:
    """How probabilities become labels: the thresholds chosen for a model, or set by the operator or the visitor.

    Attributes:
        labels: Names of the probabilities, in the model's order.
        min_confidence: Minimum probability for a label to be reported as sure, 0..1.
        smoothing_s: Time constant of a face's probabilities, in seconds.
        settle_s: Dwell time after which an expression counts as settled, in seconds.
        gap: Distance below `min_confidence` at which a sure label becomes unsure, 0..1.
        margin: Advantage in probability that another label needs to take over, 0..1.
        strength: How common labels are taken to be; `None` leaves the model's answers as they are.
    """

    labels: tuple[str, ...]
    min_confidence: float
    smoothing_s: float
    settle_s: float
    gap: float = 0.1
    margin: float = 0.1
    strength: LabelStrength | None = None

    @classmethod
    def of_card(
        cls,
        card: ReadingCard,
        *,
        min_confidence: float | None,
        smoothing_s: float | None,
        settle_s: float,
        strength: float | None = None,
    ) -> LabelThresholds:
        """Takes the values of a model's card, except for those that the operator sets.

        Args:
            card: The model's card; one without a `reading` gives `DEFAULT_READING`.
            min_confidence: The operator's value; `None` keeps the card's.
            smoothing_s: The operator's value; `None` keeps the card's.
            settle_s: Dwell time in seconds.
            strength: The operator's value; `None` keeps the card's.
        """
        chosen = {**DEFAULT_READING, **card.content.get("reading", {})}
        return cls(
            labels=card.labels,
            min_confidence=chosen["sure_from"] if min_confidence is None else min_confidence,
            smoothing_s=chosen["smoothing_s"] if smoothing_s is None else smoothing_s,
            settle_s=settle_s,
            gap=chosen["sure_from"] - chosen["unsure_below"],
            margin=chosen["lead"],
            strength=LabelStrength.of_card(card.content, strength),
        )

    @property
    def hysteresis(self) -> Hysteresis:
        """When a label changes and when it is sure."""
        return Hysteresis(self.min_confidence, max(self.min_confidence - self.gap, 0.0), self.margin)

    def adjust(self, probs: np.ndarray) -> np.ndarray:
        """Returns a model's probabilities `(..., num_labels)` at the strength."""
        return probs if self.strength is None else self.strength.adjust(probs)

    def restore(self, adjusted: np.ndarray) -> np.ndarray:
        """Returns the model's own probabilities for such that `adjust` returned."""
        return adjusted if self.strength is None else self.strength.restore(adjusted)

    def chosen(
        self,
        *,
        min_confidence: float | None = None,
        smoothing_s: float | None = None,
        strength: float | None = None,
    ) -> LabelThresholds:
        """Returns the thresholds with a visitor's choice; `None` keeps a value."""
        return replace(
            self,
            min_confidence=self.min_confidence if min_confidence is None else min_confidence,
            smoothing_s=self.smoothing_s if smoothing_s is None else smoothing_s,
            strength=self.strength
            if self.strength is None or strength is None
            else replace(self.strength, value=strength),
        )


@dataclass(frozen=True)
class FaceReading:
    """What is said about one face, as acknowledgements and HTTP answers have it.

    Attributes:
        box: `[x, y, w, h]` as shares of the picture, 0..1.
        label: Name of its expression.
        confidence: Probability of that label, 0..1.
        probs: Probability of every label; they sum to 1.
        state: `sure`, or `unsure` where the label is not probable enough.
        absolute: The same face read by itself, where the other fields are relative to a resting face.
    """

    box: tuple[float, ...]
    label: str
    confidence: float
    probs: Mapping[str, float]
    state: Literal["sure", "unsure"]
    absolute: FaceReading | None = None

    @property
    def is_slight(self) -> bool:
        """Whether an expression is plain beside the resting face alone."""
        alone = self.absolute
        if alone is None or self.state == "unsure" or self.label == NEUTRAL:
            return False
        return alone.label != self.label or alone.state == "unsure"

    def as_dict(self) -> dict[str, Any]:
        """Returns the reading as JSON has it; `dataclasses.asdict` would take twenty times as long."""
        reading = {"box": list(self.box), **self._values()}
        if self.absolute is not None:
            reading |= {"absolute": self.absolute._values(), "slight": self.is_slight}
        return reading

    def _values(self) -> dict[str, Any]:
        return {
            "label": self.label,
            "confidence": self.confidence,
            "probs": dict(self.probs),
            "state": self.state,
        }


def read_face(
    box: Sequence[float],
    probs: np.ndarray,
    thresholds: LabelThresholds,
    label_state: LabelState | None = None,
) -> FaceReading:
    """Returns what is said about a face, rounded to four decimals.

    Args:
        box: `(x, y, w, h)` as shares of the picture, 0..1.
        probs: float array `(num_labels,)`.
        thresholds: Labels and thresholds.
        label_state: State of a face that is followed over time; a face without one is read from this frame alone.
    """
    state = label_state or update_label(None, probs, thresholds.hysteresis)
    return FaceReading(
        box=tuple(round(float(value), 4) for value in box),
        label=thresholds.labels[state.label],
        confidence=round(float(probs[state.label]), 4),
        probs={label: round(float(p), 4) for label, p in zip(thresholds.labels, probs, strict=True)},
        state="sure" if state.sure else "unsure",
    )
