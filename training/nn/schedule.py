"""Learning-rate schedules over steps."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("countenance")
class Trapezoid(keras.optimizers.schedules.LearningRateSchedule):
    """Trapezoidal rate: linear warm-up, constant, linear decay to zero (Hägele et al. 2024).

    The constant part does not depend on the total length. A run can therefore be prolonged before the decay begins,
    and is then the run that a longer recipe would have given.

    Args:
        peak: Rate of the constant part, > 0.
        warmup_steps: Number of steps of the warm-up.
        decay_steps: Number of steps of the decay.
        total_steps: Number of steps of the run.

    Reference:
        https://arxiv.org/abs/2405.18392
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
        """Returns the arguments, which Keras needs to save the schedule."""
        return {
            "peak": self.peak,
            "warmup_steps": self.warmup_steps,
            "decay_steps": self.decay_steps,
            "total_steps": self.total_steps,
        }
