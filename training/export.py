"""Turns a run's best weights into an artifact: `model.keras` and the card that the server checks."""

from __future__ import annotations

import csv
import datetime
import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from training.artifact import IMAGE_SHAPE, SCHEMA_VERSION, check_card, probe_input
from training.config import Recipe
from training.data.faces import LABELS, Faces
from training.errors import TrainingError
from training.evaluate import Evaluation
from training.naming import command_of
from training.results import evaluate_splits, load_calibrated, seconds_of, write_result
from training.trainer.device import read_environment

# The crop that suits a model of FER2013 faces, chosen on photos (docs/detection.md): benchmarks/crops.py.
DEFAULT_CROP = {"shape": "square", "margin": 0.1, "align": False, "rise": 0.08}
DATA_NAMES = {
    "fer2013": "FER2013",
    "ferplus": "FER2013 with FER+ labels: shares of ten votes in Training, majority labels in the other splits",
}
PROBE_TOLERANCE = 0.02
MEASURED = ("PublicTest", "PrivateTest")
LIMITS_BY_DATA = {
    "fer2013": [
        "Trained on FER2013: 48 x 48 grey web photos with noisy labels; people agree with them about 65 % of the time.",
        "Weakest on disgust, fear and sad; fear is often taken for sad or surprise, sad for neutral.",
    ],
    "ferplus": [
        "Trained on FER+: what ten people called 48 x 48 grey web photos; its figures count only those most agreed on.",
        "A third of those are neutral: slight and mixed expressions are taken for it, disgust and fear are missed.",
    ],
    "ferplus, balanced": [
        "Trained on FER+: what ten people called 48 x 48 grey web photos; its figures count only those most agreed on.",
        "Learned as if all expressions were equally frequent: it finds rare ones, but calls some neutral faces sad, "
        "and is often wrong when it says disgust or fear.",
    ],
}
LIMITS = [
    "Accuracy differs between groups of people, and FER2013 does not say how: it carries no such labels.",
    "Faces turned far from the camera, covered, dark or under 48 pixels are unreliable.",
    "Not for judging employees, applicants or pupils, nor for any decision about a person.",
]


def export(
    recipe: Recipe, run_dir: Path, splits: Mapping[str, Faces], out_dir: Path, *, crop: dict | None = None
) -> dict:
    """Calibrates on PublicTest, measures every split, writes `model.keras` and `card.json`.

    Args:
        recipe: What the run trained.
        run_dir: Folder with `best.npz` and `log.csv`.
        splits: FER2013 with its three official splits; duplicates across splits are looked for in them.
        out_dir: The artifact's folder; a half-written artifact never stands there.
        crop: Crop rule for the card; `DEFAULT_CROP` if left out.

    Returns:
        The card.

    Raises:
        TrainingError: If the run has no checkpoint, or the files cannot be written.
    """
    trained = load_calibrated(recipe, run_dir, splits)
    evaluations = evaluate_splits(trained.model, splits, MEASURED)
    write_result(recipe, run_dir, evaluations, trained)
    draft = out_dir.with_name(out_dir.name + ".part")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        trained.model.save(draft / "model.keras")
        card = make_card(recipe, run_dir, trained.model, splits)
        card["metrics"] = card_metrics(evaluations)
        card["crop"] = crop or DEFAULT_CROP
        card |= trained.as_dict()
        card["calibration"]["split"] = "PublicTest"
        card["recipe"]["best_epoch"] = trained.best_epoch
        card["files"] = {"model.keras": file_entry(draft / "model.keras")}
        check_card(card)
        (draft / "card.json").write_text(json.dumps(card, indent=1) + "\n")
        shutil.rmtree(out_dir, ignore_errors=True)
        draft.rename(out_dir)
    except OSError as error:
        raise TrainingError(
            f"The artifact {out_dir} could not be written ({error.strerror or error})."
        ) from error
    return card


def make_card(
    recipe: Recipe, run_dir: Path, model: keras.Model, splits: Mapping[str, Faces]
) -> dict[str, Any]:
    """Returns the card without its file hashes, metrics, crop rule and calibration."""
    environment = read_environment(run_dir)
    return {
        "schema_version": SCHEMA_VERSION,
        "name": recipe.name,
        "created": datetime.datetime.now(datetime.UTC).replace(microsecond=0).isoformat(),
        "labels": list(LABELS),
        "input": dict(zip(("height", "width", "channels"), IMAGE_SHAPE, strict=True)) | {"range": [0, 255]},
        "parameters": model.count_params(),
        "recipe": {
            "command": command_of(recipe),
            "validation_curve": _validation_curve(run_dir),
            **recipe.as_dict(),
        },
        "versions": environment["versions"],
        "training": {
            "hardware": environment["hardware"],
            "seconds": seconds_of(run_dir),
        },
        "data": {
            "name": DATA_NAMES[recipe.data],
            "split_rule": "official: Training trains, PublicTest chooses epoch and temperature, PrivateTest reports",
            "counts": {name: len(faces) for name, faces in splits.items()},
        },
        "limits": [
            "Reads the expression that a face shows, not what a person feels.",
            *LIMITS_BY_DATA[f"{recipe.data}, balanced" if recipe.label_prior else recipe.data],
            *LIMITS,
        ],
        "probe": probe_entry(model),
    }


def card_metrics(evaluations: Mapping[str, Evaluation]) -> dict[str, Any]:
    """Returns a card's metrics: both splits, plain and mirrored, and PrivateTest without duplicates."""
    metrics = {}
    for name, evaluation in evaluations.items():
        figures = evaluation.as_dict()
        metrics[name] = figures["single"]
        metrics[f"{name} (flip averaged)"] = figures["flip"]
        if name == "PrivateTest" and "no_duplicates" in figures:
            metrics[f"{name} (no duplicates of other splits)"] = figures["no_duplicates"]
    return metrics


def probe_entry(model: keras.Model) -> dict[str, Any]:
    """Returns the card's probe: a known input and what this model answers."""
    probe = probe_input()
    return {
        "formula": "gradient-v1",
        "input_sha256": hashlib.sha256(probe.tobytes()).hexdigest(),
        "expected": [round(float(p), 6) for p in model.predict_on_batch(probe[None])[0]],
        "tolerance": PROBE_TOLERANCE,
    }


def file_entry(path: Path) -> dict[str, Any]:
    """Returns hash and size of a file, as the card holds them."""
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}


def _validation_curve(run_dir: Path) -> list[float]:
    try:
        with (run_dir / "log.csv").open(newline="") as file:
            return [round(float(row["val_accuracy"]), 4) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError) as error:
        raise TrainingError(
            f"{run_dir / 'log.csv'} cannot be read ({error}): the run is not whole."
        ) from error
