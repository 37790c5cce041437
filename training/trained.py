"""Models as training left them: of a run's best weights, or an artifact's without its calibration."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras

from training.artifact import load_artifact
from training.calibrate import Calibration
from training.config import Recipe
from training.errors import TrainingError
from training.nn.models import ModelOptions, build
from training.trainer.checkpoint import load_arrays


def load_best(recipe: Recipe, run_dir: Path) -> tuple[keras.Model, int]:
    """Builds the model of a run's best weights with its own batch statistics; also returns their 1-based epoch.

    With `init_share` the weights that the run started from are mixed in (Wortsman et al. 2021,
    https://arxiv.org/abs/2109.01903: both lie in one valley, and between them it is often lower).

    Raises:
        TrainingError: If the run has no readable `best.npz`, or another recipe's, or there is no artifact `init`.
    """
    best = load_arrays(run_dir / "best.npz")
    model = build(recipe.model, ModelOptions(dropout=recipe.dropout, width=recipe.width))
    weights = [best[name] for name in sorted(best) if name.startswith("weights_")]
    try:
        if recipe.init_share:
            start = load_uncalibrated(Path("models") / recipe.init)[0].get_weights()
            weights = [w + recipe.init_share * (s - w) for w, s in zip(weights, start, strict=True)]
        model.set_weights(weights)
    except ValueError as error:
        raise TrainingError(f"{run_dir} holds no run of {recipe.name}: its weights do not fit.") from error
    return model, int(best["epoch"])


def load_uncalibrated(model_dir: Path) -> tuple[keras.Model, dict[str, Any]]:
    """Loads an artifact and takes its calibration out of the last layer; also returns its card.

    Raises:
        TrainingError: As `training.artifact.load_artifact`.
    """
    model, card = load_artifact(model_dir)
    Calibration.from_dict(card["calibration"]).take_out_of(model)
    return model, card
