"""Measures an artifact again and renews its card's metrics, or its calibration, without training."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras

from training.artifacts.card import MEASURED, card_metrics, file_entry, load_artifact, probe_entry, write_card
from training.artifacts.formats import ship_onnx
from training.data.batches import predict_all
from training.data.faces import Faces
from training.errors import TrainingError
from training.evaluation.calibrate import (
    Calibration,
    Fit,
    cross_validated,
    error_by_chance,
    fit_scales,
    fit_temperature,
)
from training.evaluation.evaluate import evaluate, evaluate_splits
from training.evaluation.metrics import cross_entropy, expected_calibration_error, top1_accuracy
from training.evaluation.precise_bn import PreciseBN

LARGEST_CHANGE = 0.005
"""Maximum change of an accuracy. Other hardware moves it by a few images; more means other data or another model."""


def refresh_card(
    model_dir: Path, splits: Mapping[str, Faces], extra: Mapping[str, Faces] | None = None
) -> dict[str, Any]:
    """Measures an artifact again and writes its card's metrics; everything else in the card stays as it is.

    Args:
        model_dir: Folder of the artifact.
        splits: FER2013's three splits with the labels that the model was trained on.
        extra: Other sets to measure on in a single pass, by the name that the card gives them.

    Returns:
        The card.

    Raises:
        TrainingError: If an accuracy differs from the recorded one by more than `LARGEST_CHANGE`, or the card cannot be
            written.
    """
    model, card = load_artifact(model_dir)
    metrics = _measured(model, splits, extra or {})
    for name, measured in metrics.items():
        recorded = card["metrics"].get(name, measured)
        if (
            measured["n"] != recorded["n"]
            or abs(measured["accuracy"] - recorded["accuracy"]) > LARGEST_CHANGE
        ):
            raise TrainingError(
                f"{model_dir} is not refreshed: on {name} the card records {recorded['accuracy']:.2%} of "
                f"{recorded['n']:,} images, but the measurement is {measured['accuracy']:.2%} of {measured['n']:,}. "
                "Is this the data that the card describes?"
            )
    card["metrics"] = card["metrics"] | metrics
    write_card(model_dir, card)
    return card


def add_onnx(model_dir: Path, faces: Faces) -> dict[str, Any]:
    """Writes `model.onnx` into an artifact and names it in the card.

    Args:
        model_dir: Folder of the artifact.
        faces: Images on which its answers are compared with the Keras model's, see `ship_onnx`.

    Returns:
        The card.

    Raises:
        TrainingError: If a converter is missing or fails, or the artifact cannot be written.
    """
    _, card = load_artifact(model_dir)
    card["files"]["model.onnx"] = ship_onnx(faces.images, model_dir)
    write_card(model_dir, card)
    return card


def recalibrate(
    model_dir: Path,
    model: keras.Model,
    calibration: Calibration,
    splits: Mapping[str, Faces],
    extra: Mapping[str, Faces] | None = None,
    *,
    statistics: PreciseBN | None = None,
) -> dict[str, Any]:
    """Replaces an artifact's calibration, and its batch statistics if they were chosen anew, and measures it again.

    The trained weights and the card's account of the training stay as they are.

    Args:
        model_dir: Folder of the artifact, which is replaced as a whole.
        model: Model from `load_uncalibrated`, with the batch statistics chosen. The calibration is folded into it.
        calibration: Calibration chosen on PublicTest with that model's probabilities.
        splits: FER2013's three splits, as for `refresh_card`.
        extra: Other sets to measure on, as for `refresh_card`.
        statistics: Choice of the batch statistics; `None` if they stay as they are.

    Returns:
        The new card.

    Raises:
        TrainingError: If the artifact cannot be written.
    """
    _, card = load_artifact(model_dir)
    calibration.fold_into(model)
    draft = model_dir.with_name(model_dir.name + ".part")
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        model.save(draft / "model.keras")
        card["calibration"] = calibration.as_dict() | {"split": "PublicTest"}
        if statistics is not None:
            card["batch_statistics"] = statistics.as_dict()
        card["metrics"] = _measured(model, splits, extra or {})
        card["probe"] = probe_entry(model.predict_on_batch)
        card["files"] = {
            "model.keras": file_entry(draft / "model.keras"),
            "model.onnx": ship_onnx(splits["PublicTest"].images, draft),
        }
        write_card(draft, card)
        shutil.rmtree(model_dir)
        draft.rename(model_dir)
    except OSError as error:
        raise TrainingError(f"{model_dir} could not be written ({error.strerror or error}).") from error
    return card


@dataclass(frozen=True)
class Attempt:
    """Cross-validated metrics of one way to calibrate.

    Attributes:
        name: Description of the way.
        nll: Cross-entropy in nats.
        ece: Expected calibration error, 0..1.
        accuracy: Share of right answers, 0..1.
    """

    name: str
    nll: float
    ece: float
    accuracy: float


def compare_calibrations(model: keras.Model, faces: Faces) -> tuple[list[Attempt], tuple[float, float]]:
    """Compares the ways to calibrate by cross-validation on one split.

    Returns:
        The attempts, of which the first leaves the model uncalibrated; and mean and 97.5th percentile of the
        calibration error that a perfectly calibrated model would show on as many images.
    """
    probabilities = predict_all(model.predict_on_batch, faces.images)
    ways: list[tuple[str, Fit]] = [
        ("one temperature", fit_temperature),
        ("scale and offset per label", fit_scales),
    ]
    answers = [("uncalibrated", probabilities)]
    answers += [(name, cross_validated(probabilities, faces.labels, fit)) for name, fit in ways]
    attempts = [
        Attempt(
            name,
            cross_entropy(found, faces.labels),
            expected_calibration_error(found, faces.labels),
            top1_accuracy(found, faces.labels),
        )
        for name, found in answers
    ]
    return attempts, error_by_chance(probabilities)


def _measured(model: keras.Model, splits: Mapping[str, Faces], extra: Mapping[str, Faces]) -> dict[str, Any]:
    metrics = card_metrics(evaluate_splits(model, splits, MEASURED))
    return metrics | {
        name: evaluate(model.predict_on_batch, faces).single.as_dict() for name, faces in extra.items()
    }
