"""What training and the running app agree on: the card's schema and the probe. Each side has its own reader."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np

from training.errors import TrainingError

SCHEMA_PATH = Path(__file__).parent.parent / "models" / "card.schema.json"
SCHEMA_VERSION = 1
IMAGE_SHAPE = (48, 48, 1)


def check_card(card: dict[str, Any]) -> None:
    """Checks a card against `models/card.schema.json`.

    Raises:
        TrainingError: With the place and the reason of the first mismatch.
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


def load_artifact(model_dir: Path) -> tuple[Any, dict[str, Any]]:
    """Loads an artifact of ours: safe mode, hash checked first.

    Args:
        model_dir: Folder with `model.keras` and `card.json`.

    Returns:
        The Keras model and the card.

    Raises:
        TrainingError: If a file is missing, does not fit the schema, or is not the one that the card names.
    """
    import keras

    try:
        card = json.loads((model_dir / "card.json").read_text())
        content = (model_dir / "model.keras").read_bytes()
    except OSError as error:
        raise TrainingError(f"{model_dir} is no artifact ({error.strerror}: {error.filename}).") from error
    except ValueError as error:
        raise TrainingError(f"{model_dir / 'card.json'} is not valid JSON ({error}).") from error
    check_card(card)
    found, expected = hashlib.sha256(content).hexdigest(), card["files"]["model.keras"]["sha256"]
    if found != expected:
        raise TrainingError(
            f"{model_dir / 'model.keras'} is not the file that its card describes: expected sha256 {expected[:12]}…, "
            f"received {found[:12]}…. Export the artifact again."
        )
    return keras.saving.load_model(model_dir / "model.keras", compile=False, safe_mode=True), card
