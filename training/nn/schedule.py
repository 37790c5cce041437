"""Learning-rate schedules over steps."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("countenance")
class Trapezoid(keras.optimizers.schedules.LearningRateSchedule):
    """Rises from zero, stays, falls linearly to zero (Hägele et al. 2024, https://arxiv.org/abs/2405.18392).

    Its constant part does not depend on the total length: a run can be prolonged before the fall begins
    and is then the run that a longer recipe would have given.

    Args:
        peak: The rate of the constant part, > 0.
        warmup_steps: Steps of the rise.
        decay_steps: Steps of the fall.
        total_steps: All steps.
    """

    def __init__(self, peak: float, *, warmup_steps: int, decay_steps: int, total_steps: int) -> None:
        self.peak = peak
        self.warmup_steps = warmup_steps
        self.decay_steps = decay_steps
        self.total_steps = total_steps

    def __call__(self, step: Any) -> Any:
        """Returns the rate for a 0-based step, as a float32 scalar tensor."""
        step = ops.cast(step, "float32")
        rise = (step + 1) / max(1, self.warmup_steps)
        fall = (self.total_steps - step) / max(1, self.decay_steps)
        return self.peak * ops.clip(ops.minimum(rise, fall), 0.0, 1.0)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments, as Keras wants them for saving."""
        return {
            "peak": self.peak,
            "warmup_steps": self.warmup_steps,
            "decay_steps": self.decay_steps,
            "total_steps": self.total_steps,
        }
