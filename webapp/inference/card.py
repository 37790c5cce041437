"""Reads an artifact's card: what the model is, checked before anything of it is loaded."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np

from webapp.errors import ModelError
from webapp.inference.signature import SignaturePolicy
from webapp.paths import SHIPPED

LABELS = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
"""The product's label order: the browser, the moods and the HTTP API all count on it."""

INPUT_SHAPE = (48, 48, 1)
"""Height, width and channels of the crops that the pipeline cuts."""

MODEL_FILE = "model.keras"
ONNX_FILE = "model.onnx"
CARD_FILE = "card.json"
SCHEMA_PATH = SHIPPED / "models" / "card.schema.json"


@dataclass(frozen=True)
class CropRule:
    """How a face is cut from a photo for one model.

    Attributes:
        shape: `square`: around the centre of the detector's box, as long as its longer side;
            `eyes`: placed and sized by the two eyes, the same face area whatever the detector.
        margin: Added to every side, as a share of the square's side; negative cuts tighter.
        align: Turn the face so that its eyes are level.
        rise: Upward shift of the square, as a share of its side before the margin: detectors' boxes
            end at the forehead, FER2013's images show it.
    """

    shape: str = "square"
    margin: float = 0.0
    align: bool = False
    rise: float = 0.0

    def __post_init__(self) -> None:
        if self.shape not in {"square", "eyes"}:
            raise ValueError(f"`shape` must be 'square' or 'eyes'. Received: shape={self.shape!r}")
        if not -0.5 < self.margin <= 1.0:
            raise ValueError(f"`margin` must be in (-0.5, 1]. Received: margin={self.margin}")


@dataclass(frozen=True)
class Probe:
    """One input by formula and the answer that the model must give to it.

    Attributes:
        input_sha256: Hash of the input's bytes.
        expected: Probabilities in label order.
        tolerance: Largest difference of one probability.
    """

    input_sha256: str
    expected: tuple[float, ...]
    tolerance: float


@dataclass(frozen=True)
class Card:
    """What the server relies on; everything else stays readable in `content`.

    Attributes:
        name: The model's name.
        labels: Order of the outputs, always `LABELS`.
        input_shape: Height, width and channels of one image.
        crop: Rule by which a face is cut for this model.
        files: Hash of each file of the artifact, by its name.
        precision: Precision in which `model.onnx` computes: `float32` or `int8`.
        quantized_from: Name of the artifact that it was quantized from; `None` if it was not.
        parameters: Number of the model's weights.
        probe: The start-up check.
        content: The whole card as JSON, for people and `/api/v1/model`. Do not change it.
    """

    name: str
    labels: tuple[str, ...]
    input_shape: tuple[int, int, int]
    crop: CropRule
    files: Mapping[str, str]
    precision: str
    quantized_from: str | None
    parameters: int
    probe: Probe
    content: Mapping[str, Any]


def read_card(model_dir: Path, signatures: SignaturePolicy | None = None) -> Card:
    """Reads and checks `card.json` of an artifact.

    Args:
        model_dir: The artifact's folder.
        signatures: Signatures asked for; none are looked at if left out.

    Returns:
        The card; its labels and input are the ones this app works with.

    Raises:
        ModelError: If the card is missing, is not what was signed, is not JSON, does not fit the schema, or describes
            a model that this app cannot use.
    """
    path = model_dir / CARD_FILE
    try:
        raw = path.read_bytes()
        if signatures is not None:
            signatures.check(path, raw)
        content = json.loads(raw.decode("utf-8"))
    except OSError as error:
        raise ModelError(
            f"No model card at {path} ({error.strerror}). "
            "Set MODEL_DIR to a folder with model.keras and card.json."
        ) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} is not valid JSON ({error}). Export the model again.") from error
    _check_schema(content, path)
    _check_usable(content, path)
    return _parse(content)


def _check_schema(content: object, path: Path) -> None:
    schema = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(content))
    if error is not None:
        place = "/".join(str(part) for part in error.absolute_path) or "its top level"
        reason = error.message if len(error.message) <= 160 else error.message[:160] + "…"
        raise ModelError(
            f"{path} does not fit {SCHEMA_PATH.name} at {place}: {reason}. Export the model again."
        )


def _check_usable(content: Mapping[str, Any], path: Path) -> None:
    labels = tuple(content["labels"])
    if labels != LABELS:
        raise ModelError(
            f"{path} has its labels in another order: expected {', '.join(LABELS)}; "
            f"received {', '.join(labels)}. Export the model again with the expected order."
        )
    shape = _input_shape(content)
    if shape != INPUT_SHAPE:
        raise ModelError(
            f"{path} describes another input size: expected {_times(INPUT_SHAPE)}, received {_times(shape)}. "
            "Choose a model for that size."
        )


def _parse(content: Mapping[str, Any]) -> Card:
    probe = content["probe"]
    return Card(
        name=content["name"],
        labels=tuple(content["labels"]),
        input_shape=_input_shape(content),
        crop=CropRule(**content["crop"]),
        files={name: entry["sha256"] for name, entry in content["files"].items()},
        precision=content.get("quantization", {}).get("precision", "float32"),
        quantized_from=content.get("quantization", {}).get("of"),
        parameters=content["parameters"],
        probe=Probe(probe["input_sha256"], tuple(probe["expected"]), probe["tolerance"]),
        content=content,
    )


def _input_shape(content: Mapping[str, Any]) -> tuple[int, int, int]:
    size = content["input"]
    return size["height"], size["width"], size["channels"]


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def check_file(model_dir: Path, card: Card, name: str) -> Path:
    """Returns the path of a file of an artifact, if it is the file that the card names.

    Args:
        model_dir: Folder of the artifact.
        card: Its card.
        name: Name of the file.

    Raises:
        ModelError: If the card names no such file, or the file is missing or another one.
    """
    path = model_dir / name
    if name not in card.files:
        advice = f"`python -m training convert {model_dir} --ship` makes {ONNX_FILE}, or set CLASSIFIER=keras"
        if name == MODEL_FILE:
            advice = "Set CLASSIFIER to auto, onnx or openvino"
        raise ModelError(
            f"The model {card.name} has no {name}: its card names {', '.join(card.files)}. {advice}."
        )
    expected = card.files[name]
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(
            f"No model at {path} ({error.strerror}). Set MODEL_DIR to a complete artifact."
        ) from error
    if found != expected:
        raise ModelError(
            f"{path} is not the file that its card describes: expected sha256 {expected[:12]}…, "
            f"received {found[:12]}…. Put the right file back or export the model again."
        )
    return path


def probe_input() -> np.ndarray:
    """Returns the input `gradient-v1`, uint8 `(48, 48, 1)`: a formula needs no file and no person's picture.

    The pixel at row r, column c is `(5 r + 3 c + (r c) // 7) mod 256`.
    """
    row, column = np.indices(INPUT_SHAPE[:2])
    return ((5 * row + 3 * column + (row * column) // 7) % 256).astype(np.uint8)[..., np.newaxis]


def check_probe(probe: Probe, run: Callable[[np.ndarray], np.ndarray]) -> None:
    """Runs the probe through a model and compares.

    A wrong label order, a changed resize or another file gives other probabilities; rounding on other
    hardware stays within the tolerance.

    Args:
        probe: From the card.
        run: Maps uint8 `(n, 48, 48, 1)` to probabilities `(n, num_labels)`.

    Raises:
        ModelError: If the input or the answer is not the one on the card.
    """
    image = probe_input()
    found_sha256 = hashlib.sha256(image.tobytes()).hexdigest()
    if found_sha256 != probe.input_sha256:
        raise ModelError(
            "The card's probe is another input than gradient-v1: "
            f"expected sha256 {found_sha256[:12]}…, received {probe.input_sha256[:12]}…. Export the model again."
        )
    found = run(image[np.newaxis])[0]
    gap = np.abs(found - np.asarray(probe.expected))
    worst = int(np.argmax(np.where(np.isfinite(gap), gap, np.inf)))
    if not gap[worst] <= probe.tolerance:
        raise ModelError(
            f"The model does not answer as its card promises: expected {LABELS[worst]} "
            f"{probe.expected[worst]:.3f} (within {probe.tolerance}), received {found[worst]:.3f}. "
            "Export the model again."
        )
