"""The model of a run's best weights."""

from __future__ import annotations

from pathlib import Path

import keras

from training.checkpoint import load_arrays
from training.config import Recipe
from training.errors import TrainingError
from training.models import ModelOptions, build


def load_best(recipe: Recipe, run_dir: Path) -> tuple[keras.Model, int]:
    """Builds the model of a run's best weights, as it is shipped; also returns their 1-based epoch.

    Raises:
        TrainingError: If the run has no readable `best.npz`, or another recipe's.
    """
    best = load_arrays(run_dir / "best.npz")
    model = build(recipe.model, ModelOptions(dropout=recipe.dropout, width=recipe.width))
    try:
        model.set_weights([best[name] for name in sorted(best) if name.startswith("weights_")])
    except ValueError as error:
        raise TrainingError(f"{run_dir} holds no run of {recipe.name}: its weights do not fit.") from error
    return model, int(best["epoch"])
