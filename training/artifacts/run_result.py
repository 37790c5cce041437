"""`result.json`: the results of a finished run as a report needs them, without weights and images."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from training.artifacts.load_run import Trained
from training.config import Recipe
from training.data.faces import Faces
from training.data.folds import PROTOCOLS
from training.errors import TrainingError
from training.evaluation.evaluate import Evaluation, answers, measure
from training.files import replace_text
from training.trainer.crossval import RESULT as FOLD_RESULT
from training.trainer.crossval import FoldResult
from training.trainer.crossval import load_result as load_fold
from training.trainer.device import read_environment
from training.trainer.logs import training_seconds

RESULT = "result.json"
"""Name of the file in a run folder."""
SCHEMA_VERSION = 1


def write_result(
    recipe: Recipe, run_dir: Path, evaluations: Mapping[str, Evaluation], trained: Trained
) -> Path:
    """Writes `result.json` of a run of `fit` into its folder and returns its path."""
    entry = _header(recipe, run_dir)
    entry |= {
        "seconds": training_seconds(run_dir),
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
        recipe: Recipe of the folds.
        run_dir: Run folder, with a folder per fold.
        faces: The whole data set. Its `groups` are resampled for the intervals, so whole people are drawn.
        protocols: Results of the folds by protocol, `random` or `subjects`.
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
    """Reads the folds of a run of `crossval` by protocol, without protocols that lack folds.

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
            f"{run_dir} holds no finished protocol of `crossval`. Finish it first: the same command continues."
        )
    return finished


def _header(recipe: Recipe, run_dir: Path) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "name": recipe.run_name,
        "recipe": recipe.name,
        "seed": recipe.seed,
        "command": recipe.command,
        **read_environment(run_dir),
    }


def _pooled(folds: list[FoldResult], faces: Faces) -> Evaluation:
    """Pools the folds' answers, in the order of the data set."""
    rows = np.concatenate([fold.rows for fold in folds])
    order = rows.argsort()
    probabilities = np.concatenate([fold.probabilities for fold in folds])[order]
    truth = np.concatenate([fold.labels for fold in folds])[order]
    groups = None if faces.groups is None else faces.groups[rows[order]]
    single = measure(probabilities, truth, groups=groups, labels=faces.names)
    return Evaluation(single, None, None, probabilities, truth)


def _write(path: Path, entry: dict[str, Any]) -> Path:
    try:
        replace_text(path, json.dumps(entry, indent=1) + "\n")
    except OSError as error:
        raise TrainingError(f"{path} could not be written ({error.strerror or error}).") from error
    return path
