"""Loads finished runs: their recipe, and their best weights as a model, before and after calibration."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from training.artifacts.card import load_artifact
from training.config import Recipe
from training.data.batches import predict_all
from training.data.faces import Faces
from training.errors import TrainingError
from training.evaluation.calibrate import Calibration, choose
from training.evaluation.precise_bn import PreciseBN, choose_batch_statistics
from training.nn.models import ModelOptions, build
from training.trainer import checkpoint
from training.trainer.logs import num_epochs


@dataclass(frozen=True)
class Trained:
    """A run's best weights as the model that ships.

    Attributes:
        model: Model with calibrated probabilities, also if the training was on raw scores.
        calibration: Calibration folded into the model.
        best_epoch: 1-based epoch of the weights.
        statistics: Choice of its batch statistics; `None` if the recipe has no choice.
    """

    model: keras.Model
    calibration: Calibration
    best_epoch: int
    statistics: PreciseBN | None = None

    def as_dict(self) -> dict[str, Any]:
        """Returns the entries of cards and `result.json` on calibration and batch statistics."""
        entry: dict[str, Any] = {"calibration": self.calibration.as_dict()}
        return entry | ({"batch_statistics": self.statistics.as_dict()} if self.statistics else {})


def load_calibrated(
    recipe: Recipe, run_dir: Path, splits: Mapping[str, Faces], *, others: Sequence[Path] = ()
) -> Trained:
    """Loads a run's best weights, chooses their batch statistics and calibrates them on PublicTest.

    Raises:
        TrainingError: As `load_best`, to which the runs `others` are for.
    """
    model, best_epoch = load_best(recipe, run_dir, others=others)
    validation = splits["PublicTest"]
    statistics = None
    if recipe.clean_statistics:
        statistics = choose_batch_statistics(model, splits["Training"].images, validation)
    probabilities = predict_all(model.predict_on_batch, validation.images)
    calibration = choose(probabilities, validation.labels, keep_label_shares=recipe.sets_label_shares)
    calibration.fold_into(model)
    return Trained(model, calibration, best_epoch, statistics)


def load_best(recipe: Recipe, run_dir: Path, *, others: Sequence[Path] = ()) -> tuple[keras.Model, int]:
    """Loads a run's best weights with their own batch statistics.

    With `others`, the run folders of other seeds, it is the mean of all their best weights (model soups, Wortsman et
    al. 2022, https://arxiv.org/abs/2203.05482). That is a model only where all runs start from the same weights.

    With `init_share` the initial weights are mixed in (WiSE-FT, Wortsman et al. 2021,
    https://arxiv.org/abs/2109.01903):
    both lie in one basin of the loss, and the loss between them is often lower.

    Returns:
        The model, and the 1-based epoch of the weights of `run_dir`.

    Raises:
        TrainingError: If a `best.npz` is missing, damaged or another recipe's, or there is no artifact `init`.
    """
    weights, epoch = checkpoint.load_best(run_dir / "best.npz")
    others_weights = [checkpoint.load_best(other / "best.npz")[0] for other in others]
    model = build(recipe.model, ModelOptions(dropout=recipe.dropout, width=recipe.width))
    try:
        if others:
            weights = [np.mean(same, axis=0) for same in zip(weights, *others_weights, strict=True)]
        if recipe.init_share:
            start = load_uncalibrated(Path("models") / recipe.init)[0].get_weights()
            # `init_share` is 1 - alpha of the paper, whose alpha is the weight of the fine-tuned model.
            weights = [w + recipe.init_share * (s - w) for w, s in zip(weights, start, strict=True)]
        model.set_weights(weights)
    except ValueError as error:
        folders = " or ".join(str(folder) for folder in (run_dir, *others))
        raise TrainingError(f"{folders} holds no run of {recipe.name}: its weights do not fit.") from error
    return model, epoch


def load_uncalibrated(model_dir: Path) -> tuple[keras.Model, dict[str, Any]]:
    """Loads an artifact and removes the calibration from its last layer.

    Returns:
        The model and the card.

    Raises:
        TrainingError: If the artifact cannot be loaded (`training.artifacts.card.load_artifact`).
    """
    model, card = load_artifact(model_dir)
    Calibration.from_dict(card["calibration"]).take_out_of(model)
    return model, card


def read_recipe(run_dir: Path) -> Recipe:
    """Reads the recipe of a run folder.

    Raises:
        TrainingError: If the folder has none, or its recipe is of another version.
    """
    path = run_dir / "recipe.json"
    try:
        return Recipe.from_dict(json.loads(path.read_text()))
    except OSError as error:
        raise TrainingError(f"{run_dir} is not a run folder ({error.strerror}: {path}).") from error
    except (ValueError, TypeError, KeyError) as error:
        raise TrainingError(f"{path} is not a recipe that this version knows ({error}).") from error


def require_finished(recipe: Recipe, run_dir: Path) -> None:
    """Raises `TrainingError` unless a run has all its epochs: the test split is for finished runs only."""
    finished = num_epochs(run_dir)
    if finished < recipe.epochs:
        raise TrainingError(
            f"{run_dir} has {finished} of {recipe.epochs} epochs. Finish it first: "
            f"python -m training fit {recipe.name} --data … --seed {recipe.seed} --run-dir {run_dir} --resume."
        )
