"""The card beside a model: its schema, its contents and its probe. The running app has a reader of its own."""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import numpy as np

from training.config import IMAGE_SIZE, LABELS, Recipe
from training.data.batches import Predict
from training.data.faces import Faces
from training.errors import TrainingError
from training.evaluation.evaluate import Evaluation
from training.files import SHIPPED, replace_text
from training.trainer.checkpoint import Arrays
from training.trainer.logs import training_seconds, validation_curve

if TYPE_CHECKING:
    import keras

SCHEMA_PATH = SHIPPED / "models" / "card.schema.json"
SCHEMA_VERSION = 1
SIGNATURE_FILE = "card.json.sig"
IMAGE_SHAPE = (IMAGE_SIZE, IMAGE_SIZE, 1)
# Best crop for a model of FER2013 faces on web photos (docs/reference/detection.md).
DEFAULT_CROP = {"shape": "square", "margin": 0.1, "align": False, "rise": 0.08}
DATA_NAMES = {
    "fer2013": "FER2013",
    "ferplus": "FER2013 with FER+ labels: shares of ten votes in Training, majority labels in the other splits",
}
PROBE_TOLERANCE = 0.02
MEASURED = ("PublicTest", "PrivateTest")
FLIP, NO_DUPLICATES = " (flip averaged)", " (no duplicates of other splits)"
"""Suffixes of a split's name in a card's metrics: with test-time augmentation, and without duplicates."""
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


def data_limits(data: str, *, balanced: bool) -> list[str]:
    """Returns what a card says about the limits that come from its data.

    Args:
        data: Key of `DATA_NAMES`.
        balanced: Whether logit adjustment made all labels count alike; data without sentences of its own for that
            keep the others, since nothing has been measured that they could say.
    """
    return LIMITS_BY_DATA.get(f"{data}, balanced" if balanced else data, LIMITS_BY_DATA[data])


def check_card(card: dict[str, Any]) -> None:
    """Checks a card against `models/card.schema.json`.

    Raises:
        TrainingError: If it does not fit; the message has the place and the reason of the first mismatch.
    """
    try:
        jsonschema.validate(card, json.loads(SCHEMA_PATH.read_text()))
    except jsonschema.ValidationError as error:
        place = "/".join(str(part) for part in error.absolute_path) or "the top level"
        raise TrainingError(
            f"The card does not fit {SCHEMA_PATH.name} at {place}: {error.message}"
        ) from error


def probe_input() -> np.ndarray:
    """Returns the probe `gradient-v1`: uint8 `(48, 48, 1)` with `(5 r + 3 c + r c // 7) mod 256` at row r, column c."""
    row, column = np.indices(IMAGE_SHAPE[:2])
    return ((5 * row + 3 * column + (row * column) // 7) % 256).astype(np.uint8)[..., None]


def read_card(model_dir: Path) -> dict[str, Any]:
    """Reads an artifact's card.

    Raises:
        TrainingError: If it is missing, no JSON, or does not fit the schema.
    """
    try:
        card = json.loads((model_dir / "card.json").read_text())
    except OSError as error:
        raise _no_artifact(model_dir, error) from error
    except ValueError as error:
        raise TrainingError(f"{model_dir / 'card.json'} is not valid JSON ({error}).") from error
    check_card(card)
    return card


def check_file(model_dir: Path, card: Mapping[str, Any], name: str) -> None:
    """Compares a file of an artifact with its card.

    Raises:
        TrainingError: If it is missing, or not the one that the card describes.
    """
    try:
        found = file_entry(model_dir / name)["sha256"]
    except OSError as error:
        raise _no_artifact(model_dir, error) from error
    expected = card["files"][name]["sha256"]
    if found != expected:
        raise TrainingError(
            f"{model_dir / name} is not the file that its card describes: expected sha256 {expected[:12]}…, "
            f"received {found[:12]}…. Export the artifact again."
        )


def _no_artifact(model_dir: Path, error: OSError) -> TrainingError:
    return TrainingError(f"{model_dir} is not an artifact ({error.strerror}: {error.filename}).")


def load_artifact(model_dir: Path) -> tuple[Any, dict[str, Any]]:
    """Loads an artifact in Keras' safe mode, after checking its card and its hash.

    Args:
        model_dir: Folder with `model.keras` and `card.json`.

    Returns:
        The Keras model and the card.

    Raises:
        TrainingError: If a file is missing, the card does not fit the schema, or the model's hash is not the card's.
    """
    import keras

    card = read_card(model_dir)
    if "quantization" in card and not (model_dir / "model.keras").exists():
        raise TrainingError(
            f"{model_dir} is quantized and has no model.keras. Name the artifact that it was made from."
        )
    check_file(model_dir, card, "model.keras")
    return keras.saving.load_model(model_dir / "model.keras", compile=False, safe_mode=True), card


def load_weights(model_dir: Path) -> Arrays:
    """Returns an artifact's weights in Keras' order; raises as `load_artifact`."""
    return load_artifact(model_dir)[0].get_weights()


def make_card(
    recipe: Recipe, run_dir: Path, model: keras.Model, splits: Mapping[str, Faces]
) -> dict[str, Any]:
    """Returns a card without file hashes, metrics, crop rule and calibration, which `export` adds."""
    from training.trainer.device import read_environment  # imports Keras, which signing a card does not need

    environment = read_environment(run_dir)
    return {
        "schema_version": SCHEMA_VERSION,
        "name": recipe.name,
        "created": datetime.datetime.now(datetime.UTC).replace(microsecond=0).isoformat(),
        "labels": list(LABELS),
        "input": dict(zip(("height", "width", "channels"), IMAGE_SHAPE, strict=True)) | {"range": [0, 255]},
        "parameters": model.count_params(),
        "recipe": {
            "command": recipe.command,
            "validation_curve": validation_curve(run_dir),
            **recipe.as_dict(),
        },
        "versions": environment["versions"],
        "training": {
            "hardware": environment["hardware"],
            "seconds": training_seconds(run_dir),
        },
        "data": {
            "name": DATA_NAMES[recipe.data],
            "split_rule": "official: Training trains, PublicTest chooses epoch and temperature, PrivateTest reports",
            "counts": {name: len(faces) for name, faces in splits.items()},
        },
        "limits": [
            "Reads the expression that a face shows, not what a person feels.",
            *data_limits(recipe.data, balanced=bool(recipe.label_prior)),
            *LIMITS,
        ],
        "probe": probe_entry(model.predict_on_batch),
    }


def card_metrics(evaluations: Mapping[str, Evaluation]) -> dict[str, Any]:
    """Returns a card's metrics: each split in a single pass and with flip, and PrivateTest also without duplicates."""
    metrics = {}
    for name, evaluation in evaluations.items():
        measured = evaluation.as_dict()
        metrics[name] = measured["single"]
        metrics[name + FLIP] = measured["flip"]
        if name == "PrivateTest" and "no_duplicates" in measured:
            metrics[name + NO_DUPLICATES] = measured["no_duplicates"]
    return metrics


def probe_entry(predict: Predict) -> dict[str, Any]:
    """Returns the card's probe: a known input and a model's answer to it."""
    probe = probe_input()
    return {
        "formula": "gradient-v1",
        "input_sha256": hashlib.sha256(probe.tobytes()).hexdigest(),
        "expected": [round(float(p), 6) for p in predict(probe[None])[0]],
        "tolerance": PROBE_TOLERANCE,
    }


def file_entry(path: Path) -> dict[str, Any]:
    """Returns hash and size of a file, as the card stores them."""
    return {"sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "bytes": path.stat().st_size}


def write_card(model_dir: Path, card: dict[str, Any]) -> None:
    """Checks a card and writes it atomically; a signature of the old one goes, `python -m training sign` makes another.

    Raises:
        TrainingError: If the card does not fit the schema or cannot be written; the old card is then intact.
    """
    check_card(card)
    try:
        (model_dir / SIGNATURE_FILE).unlink(missing_ok=True)
        replace_text(model_dir / "card.json", json.dumps(card, indent=1) + "\n")
    except OSError as error:
        raise TrainingError(f"The card in {model_dir} could not be written ({error.strerror}).") from error
