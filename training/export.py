"""Turns a run's best weights into an artifact: `model.keras` and the card that the server checks."""

from __future__ import annotations

import csv
import datetime
import hashlib
import json
import platform
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from training import device
from training.artifact import IMAGE_SHAPE, SCHEMA_VERSION, check_card, probe_input
from training.calibrate import find_temperature, fold_temperature
from training.checkpoint import load_arrays, load_state
from training.config import Recipe
from training.data import find_duplicates
from training.data.faces import LABELS, Faces
from training.errors import TrainingError
from training.evaluate import evaluate, measure, predict_all
from training.models import ModelOptions, build

# The crop that suits a model of FER2013 faces, chosen on photos (docs/detection.md): benchmarks/crops.py.
DEFAULT_CROP = {"shape": "square", "margin": 0.1, "align": False, "rise": 0.08}
DATA_NAMES = {
    "fer2013": "FER2013",
    "ferplus": "FER2013 with FER+ labels: shares of ten votes in Training, majority labels in the other splits",
}
PROBE_TOLERANCE = 0.02
LIMITS_BY_DATA = {
    "fer2013": [
        "Trained on FER2013: 48 x 48 grey web photos with noisy labels; people agree with them about 65 % of the time.",
        "Weakest on disgust, fear and sad; fear is often taken for sad or surprise, sad for neutral.",
    ],
    "ferplus": [
        "Trained on FER+: what ten people called 48 x 48 grey web photos; its figures count only those most agreed on.",
        "A third of those are neutral: slight and mixed expressions are taken for it, disgust and fear are missed.",
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
        run_dir: Folder with `best.npz`, `last.npz` and `log.csv`.
        splits: FER2013 with its three official splits; duplicates across splits are looked for in them.
        out_dir: The artifact's folder; a half-written artifact never stands there.
        crop: Crop rule for the card; `DEFAULT_CROP` if left out.

    Returns:
        The card.

    Raises:
        TrainingError: If the run has no checkpoint, or the files cannot be written.
    """
    best = load_arrays(run_dir / "best.npz")
    model = build(recipe.model, ModelOptions(dropout=recipe.dropout))
    try:
        model.set_weights([best[name] for name in sorted(best) if name.startswith("weights_")])
    except ValueError as error:
        raise TrainingError(f"{run_dir} holds no run of {recipe.name}: its weights do not fit.") from error
    validation = splits["PublicTest"]
    temperature = find_temperature(predict_all(model.predict_on_batch, validation.images), validation.labels)
    fold_temperature(model, temperature)
    draft = out_dir.with_name(out_dir.name + ".part")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        model.save(draft / "model.keras")
        card = make_card(recipe, run_dir, model, splits)
        card["crop"] = crop or DEFAULT_CROP
        card["calibration"] = {"temperature": temperature, "split": "PublicTest"}
        card["recipe"]["best_epoch"] = int(best["epoch"])
        card["files"] = {"model.keras": _file_entry(draft / "model.keras")}
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
    """Returns the card without its file hashes, crop rule and temperature."""
    probe = probe_input()
    return {
        "schema_version": SCHEMA_VERSION,
        "name": recipe.name,
        "created": datetime.datetime.now(datetime.UTC).replace(microsecond=0).isoformat(),
        "labels": list(LABELS),
        "input": dict(zip(("height", "width", "channels"), IMAGE_SHAPE, strict=True)) | {"range": [0, 255]},
        "parameters": model.count_params(),
        "recipe": {
            "command": _command(recipe),
            "validation_curve": _validation_curve(run_dir),
            **recipe.as_dict(),
        },
        "versions": {
            "python": platform.python_version(),
            "keras": keras.__version__,
            "backend": f"{keras.backend.backend()} {_backend_version()}",
            "numpy": np.__version__,
        },
        "training": {
            "hardware": device.describe(),
            "seconds": round(load_state(run_dir / "last.npz").seconds),
        },
        "data": {
            "name": DATA_NAMES[recipe.data],
            "split_rule": "official: Training trains, PublicTest chooses epoch and temperature, PrivateTest reports",
            "counts": {name: len(faces) for name, faces in splits.items()},
        },
        "metrics": _metrics(model, splits),
        "limits": [
            "Reads the expression that a face shows, not what a person feels.",
            *LIMITS_BY_DATA[recipe.data],
            *LIMITS,
        ],
        "probe": {
            "formula": "gradient-v1",
            "input_sha256": hashlib.sha256(probe.tobytes()).hexdigest(),
            "expected": [round(float(p), 6) for p in model.predict_on_batch(probe[None])[0]],
            "tolerance": PROBE_TOLERANCE,
        },
    }


def _metrics(model: keras.Model, splits: Mapping[str, Faces]) -> dict[str, Any]:
    """Measures both test splits, plain and mirrored, and PrivateTest without images that stand in another split."""
    metrics = {}
    for name in ("PublicTest", "PrivateTest"):
        results = evaluate(model.predict_on_batch, splits[name])
        metrics[name] = results["single"].as_dict()
        metrics[f"{name} (flip averaged)"] = results["flip"].as_dict()
    private = splits["PrivateTest"]
    duplicates = find_duplicates(dict(splits))
    keep = np.ones(len(private), bool)
    for other in ("Training", "PublicTest"):
        keep[duplicates.across("PrivateTest", other)] = False
    clean = private.take(keep)
    metrics["PrivateTest (no duplicates of other splits)"] = measure(
        predict_all(model.predict_on_batch, clean.images), clean.labels
    ).as_dict()
    return metrics


def _command(recipe: Recipe) -> str:
    votes = " --votes fer2013new.csv" if recipe.data == "ferplus" else ""
    return f"python -m training fit {recipe.name} --data fer2013.tar.gz{votes}"


def _validation_curve(run_dir: Path) -> list[float]:
    try:
        with (run_dir / "log.csv").open(newline="") as file:
            return [round(float(row["val_accuracy"]), 4) for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError) as error:
        raise TrainingError(
            f"{run_dir / 'log.csv'} cannot be read ({error}): the run is not whole."
        ) from error


def _file_entry(path: Path) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}


def _backend_version() -> str:
    module = __import__(keras.backend.backend())
    return str(module.__version__)
