"""How common a label is taken to be: logit adjustment of a model's answers (Menon et al. 2021).

A model learns how frequent each label was in its training, and in doubt says the frequent one. The strength takes that
back: at 0 labels are as frequent as they were, at 1 all are equally frequent.
https://arxiv.org/abs/2007.07314
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np


@dataclass(frozen=True)
class LabelStrength:
    """How a model's probabilities are read at one strength.

    Attributes:
        value: Strength, 0..1: 0 answers with reserve, 1 is sensitive to rare expressions.
        shares: Share of each label in the model's training, in its label order, each > 0.
        learned: Strength that the training itself applied, 0..1: the answers are already at it.
        temperatures: Temperatures chosen for strengths from 0 to 1 in equal steps, at least two; in between they are
            interpolated.

    Raises:
        ValueError: If the strength is out of its range.
    """

    value: float
    shares: tuple[float, ...]
    learned: float
    temperatures: tuple[float, ...] = (1.0, 1.0)

    def __post_init__(self) -> None:
        if not 0 <= self.value <= 1:
            raise ValueError(f"`value` must be in [0, 1]. Received: value={self.value}")

    @classmethod
    def of_card(cls, content: Mapping[str, Any], value: float | None) -> LabelStrength | None:
        """Returns the strength at which a model is read.

        Args:
            content: The model's card.
            value: Strength that the operator or the visitor chose; `None` for the card's.

        Returns:
            `None` if the card does not say how frequent the labels were: its answers then stay as they are.
        """
        prior = content.get("label_prior")
        if prior is None:
            return None
        return cls(
            prior["strength"] if value is None else value,
            tuple(prior["shares"]),
            prior["learned"],
            tuple(prior["temperatures"]),
        )

    @cached_property
    def temperature(self) -> float:
        """What the adjusted logits are divided by."""
        at = np.linspace(0, 1, len(self.temperatures))
        return float(np.interp(self.value, at, self.temperatures))

    @cached_property
    def _factors(self) -> np.ndarray:
        return np.asarray(self.shares, np.float32) ** np.float32(self.learned - self.value)

    def adjust(self, probs: np.ndarray) -> np.ndarray:
        """Returns probabilities at this strength.

        Args:
            probs: float array `(..., num_labels)` as the model gives them; each row sums to 1.
        """
        temperature = self.temperature
        if self.value == self.learned and temperature == 1.0:
            return probs
        scaled = probs * self._factors
        scaled = (scaled / scaled.max(axis=-1, keepdims=True)) ** (
            1 / temperature
        )  # 1 at most, so no row vanishes
        return scaled / scaled.sum(axis=-1, keepdims=True)

    def restore(self, adjusted: np.ndarray) -> np.ndarray:
        """Returns the model's own probabilities for such that `adjust` returned."""
        temperature = self.temperature
        if self.value == self.learned and temperature == 1.0:
            return adjusted
        own = (adjusted / adjusted.max(axis=-1, keepdims=True)) ** temperature / self._factors
        return own / own.sum(axis=-1, keepdims=True)
