"""The small facts of a finished run, `result.json`: all that a report needs, without weights and without images."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from training.batch_statistics import Choice, choose_statistics
from training.calibrate import Calibration, choose
from training.config import Recipe
from training.data import duplicated
from training.data.batches import predict_all
from training.data.faces import Faces
from training.data.folds import PROTOCOLS
from training.errors import TrainingError
from training.evaluate import Evaluation, evaluate, measure
from training.files import replace_text
from training.naming import RESULT, command_of, run_name
from training.trained import load_best
from training.trainer.crossval import RESULT as FOLD_RESULT
from training.trainer.crossval import FoldResult
from training.trainer.crossval import load_result as load_fold
from training.trainer.device import read_environment

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Trained:
    """A run's best weights as the model that is shipped.

    Attributes:
        model: Gives calibrated probabilities, also where raw scores were trained.
        calibration: What was folded into it.
        best_epoch: 1-based epoch of the weights.
        statistics: Which batch statistics it has; none if its recipe leaves no choice.
    """

    model: keras.Model
    calibration: Calibration
    best_epoch: int
    statistics: Choice | None = None

    def as_dict(self) -> dict[str, Any]:
        """Returns what a card and a result hold of how the weights became the model."""
        entry: dict[str, Any] = {"calibration": self.calibration.as_dict()}
        return entry | ({"batch_statistics": self.statistics.as_dict()} if self.statistics else {})


def load_calibrated(recipe: Recipe, run_dir: Path, splits: Mapping[str, Faces]) -> Trained:
    """Builds the model of a run's best weights, chooses its batch statistics and calibrates it on PublicTest.

    Raises:
        TrainingError: If the run has no readable `best.npz`.
    """
    model, best_epoch = load_best(recipe, run_dir)
    validation = splits["PublicTest"]
    statistics = None
    if recipe.clean_statistics:
        statistics = choose_statistics(model, splits["Training"].images, validation)
    found = predict_all(model.predict_on_batch, validation.images)
    calibration = choose(found, validation.labels, rare_labels_count=recipe.rare_labels_count)
    calibration.fold_into(model)
    return Trained(model, calibration, best_epoch, statistics)


def evaluate_splits(
    model: keras.Model, splits: Mapping[str, Faces], names: Iterable[str]
) -> dict[str, Evaluation]:
    """Measures the named splits; duplicates are looked for in all of them."""
    return {name: evaluate(model.predict_on_batch, splits[name], duplicated(splits, name)) for name in names}


def write_result(
    recipe: Recipe, run_dir: Path, evaluations: Mapping[str, Evaluation], trained: Trained
) -> Path:
    """Writes `result.json` of a run of `fit` into its folder and returns its path."""
    entry = _header(recipe, run_dir)
    entry |= {
        "seconds": seconds_of(run_dir),
        "best_epoch": trained.best_epoch,
        **trained.as_dict(),
        "splits": {
            name: evaluation.as_dict() | {"answers": answers(evaluation)}
            for name, evaluation in evaluations.items()
        },
    }
    return _write(run_dir / RESULT, entry)


def write_crossval_result(
    recipe: Recipe, run_dir: Path, faces: Faces, protocols: Mapping[str, list[FoldResult]]
) -> Path:
    """Writes `result.json` of a run of `crossval`.

    Args:
        recipe: What the folds trained.
        run_dir: The folder with the folds' own.
        faces: The whole data set; whole people are resampled for the intervals.
        protocols: The folds' results by protocol, `random` or `subjects`.
    """
    a_fold = next(run_dir.glob("*/recipe.json"), run_dir / "recipe.json").parent
    entry = _header(recipe, a_fold)
    entry["seconds"] = round(sum(fold.seconds for folds in protocols.values() for fold in folds))
    entry["splits"] = {}
    for name, folds in protocols.items():
        evaluation = _pooled(folds, faces)
        entry["splits"][name] = evaluation.as_dict() | {
            "folds": [round(fold.accuracy, 6) for fold in folds],
            "answers": answers(evaluation),
        }
    return _write(run_dir / RESULT, entry)


def load_protocols(run_dir: Path) -> dict[str, list[FoldResult]]:
    """Reads the folds of a run of `crossval` by protocol; a protocol with folds still to train is left out.

    Raises:
        TrainingError: If no protocol is finished.
    """
    found = {
        name: [load_fold(path.parent) for path in sorted(run_dir.glob(f"{pattern}/{FOLD_RESULT}"))]
        for name, pattern, _ in PROTOCOLS
    }
    finished = {name: found[name] for name, _, num_folds in PROTOCOLS if len(found[name]) == num_folds}
    if not finished:
        raise TrainingError(
            f"{run_dir} holds no finished protocol of `crossval`. Finish it first: the same command goes on."
        )
    return finished


def read_recipe(run_dir: Path) -> Recipe:
    """Reads the recipe that a run folder was trained by.

    Raises:
        TrainingError: If the folder has none, or one of another version.
    """
    path = run_dir / "recipe.json"
    try:
        return Recipe.from_dict(json.loads(path.read_text()))
    except OSError as error:
        raise TrainingError(f"{run_dir} is no run folder ({error.strerror}: {path}).") from error
    except (ValueError, TypeError, KeyError) as error:
        raise TrainingError(f"{path} is not a recipe that this version knows ({error}).") from error


def require_finished(recipe: Recipe, run_dir: Path) -> None:
    """Raises `TrainingError` unless a run has all of its epochs: the test split is for finished runs."""
    num_epochs = len(_read_log(run_dir))
    if num_epochs < recipe.epochs:
        raise TrainingError(
            f"{run_dir} has {num_epochs} of {recipe.epochs} epochs. Finish it first: "
            f"python -m training fit {recipe.name} --run-dir {run_dir} --resume."
        )


def _header(recipe: Recipe, run_dir: Path) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "name": run_name(recipe),
        "recipe": recipe.name,
        "seed": recipe.seed,
        "command": command_of(recipe),
        **read_environment(run_dir),
    }


def _pooled(folds: list[FoldResult], faces: Faces) -> Evaluation:
    """Takes the folds' answers together, in the order of the data set."""
    rows = np.concatenate([fold.rows for fold in folds])
    order = rows.argsort()
    probabilities = np.concatenate([fold.probabilities for fold in folds])[order]
    truth = np.concatenate([fold.labels for fold in folds])[order]
    groups = None if faces.groups is None else faces.groups[rows[order]]
    single = measure(probabilities, truth, groups=groups, labels=faces.names)
    return Evaluation(single, None, None, probabilities, truth)


def answers(evaluation: Evaluation) -> dict[str, str]:
    """Returns the answers image by image, in the order of the split, as three compact strings.

    A digit per image for the label given, 1 or 0 for right or wrong, and the top probabilities in thousandths.
    """
    given = evaluation.probabilities.argmax(1)
    return {
        "given": "".join(map(str, given)),
        "right": "".join(map(str, (given == evaluation.truth).astype(int))),
        "top_per_mille": " ".join(str(round(1000 * float(p))) for p in evaluation.probabilities.max(1)),
    }


def seconds_of(run_dir: Path) -> int:
    """Returns how long a run's epochs took together, validation not counted, as its log says."""
    return round(sum(_read_log(run_dir)))


def _read_log(run_dir: Path) -> list[float]:
    """Returns the seconds of every finished epoch."""
    path = run_dir / "log.csv"
    try:
        with path.open(newline="") as file:
            return [float(row["seconds"]) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise TrainingError(f"{path} cannot be read ({error}): the run is not whole.") from error


def _write(path: Path, entry: dict[str, Any]) -> Path:
    try:
        replace_text(path, json.dumps(entry, indent=1) + "\n")
    except OSError as error:
        raise TrainingError(f"{path} could not be written ({error.strerror or error}).") from error
    return path
