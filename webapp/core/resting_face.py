"""Reads a face against the person's own resting face: what moved, instead of how the face is built.

A face at rest may look a little angry or sad to a model, and a slight smile like nothing at all. Beside the same
person's resting face both are plain: in logarithms, the answer minus the answer at rest is what the expression added.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


class RestingCard(Protocol):
    """The part of a model's card that says how its answers are read against a resting face."""

    @property
    def content(self) -> Mapping[str, Any]:
        """The whole card; `resting_face` holds what was chosen for the model."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the labels, in the model's order."""


@dataclass(frozen=True)
class RestingRule:
    """How a model's answers are read against a resting face; chosen on pairs of photos of one person each.

    Attributes:
        share: Part of the difference between the resting face and the reference that is taken away, 0..1.
        reference: Logits of the resting face that everybody is read as if they had, in the model's order.
        floor: Probability below which differences mean nothing, > 0.
        gain: Factor of the relative logits, > 0: it changes no label, only how sure they are.
        trusted: Indices of the labels that this reading may say by itself, `None` for all; another counts only if the
            face by itself says it too. A turned head or other light is a difference too, and looks like an expression.
    """

    share: float
    reference: tuple[float, ...]
    floor: float
    gain: float = 1.0
    trusted: tuple[int, ...] | None = None

    @classmethod
    def of_card(cls, card: RestingCard) -> RestingRule | None:
        """Returns the rule of a model's card; `None` if nothing was chosen for it: it then has no such reading."""
        chosen = card.content.get("resting_face")
        if chosen is None:
            return None
        trusted = tuple(card.labels.index(label) for label in chosen["trusted"])
        return cls(chosen["share"], tuple(chosen["reference"]), chosen["floor"], chosen["gain"], trusted)


class RestingFace:
    """The resting face of one person, for one model."""

    def __init__(
        self,
        probs: Sequence[float] | np.ndarray,
        rule: RestingRule,
        restore: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> None:
        """Prepares what is taken away from each answer.

        Args:
            probs: float array `(num_labels,)`, mean answer to the face at rest, as the model gives it.
            rule: The model's rule.
            restore: Maps the answers that `read` gets to the model's own; without it they are.

        Raises:
            ValueError: If the number of labels is not the rule's.
        """
        mean = np.asarray(probs, np.float64)
        if mean.shape != (len(rule.reference),):
            raise ValueError(
                f"`probs` must have shape ({len(rule.reference)},). Received: shape={mean.shape}"
            )
        self._floor, self._gain, self._restore = rule.floor, rule.gain, restore
        self._trusted = None if rule.trusted is None else np.isin(np.arange(len(mean)), rule.trusted)
        self._shift = rule.share * (np.log(np.maximum(mean, rule.floor)) - np.asarray(rule.reference))

    def read(self, probs: np.ndarray) -> np.ndarray:
        """Returns an answer relative to the resting face, or as it is where the rule trusts no difference.

        Args:
            probs: float array `(..., num_labels)` that sums to 1 along its last axis.

        Returns:
            float32 array of the same shape that sums to 1 along its last axis.
        """
        own = probs if self._restore is None else self._restore(probs)
        logits = self._gain * (np.log(np.maximum(own, self._floor)) - self._shift)
        odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
        relative = (odds / odds.sum(axis=-1, keepdims=True)).astype(np.float32)
        if self._trusted is None:
            return relative
        label = relative.argmax(axis=-1)
        counts = self._trusted[label] | (label == probs.argmax(axis=-1))
        return np.where(counts[..., np.newaxis], relative, probs).astype(np.float32)
