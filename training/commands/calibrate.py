"""`calibrate`: compares ways to calibrate an artifact on PublicTest."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from training.commands.common import (
    add_artifact,
    add_ckplus,
    add_data,
    add_votes,
    print_metrics,
    read_measured_sets,
    say,
)
from training.errors import TrainingError

if TYPE_CHECKING:
    import keras

    from training.data import Faces
    from training.evaluation.precise_bn import PreciseBN


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser("calibrate", help="Compare ways to calibrate an artifact on PublicTest.")
    add_artifact(parser)
    add_data(parser)
    add_votes(parser)
    add_ckplus(parser)
    parser.add_argument(
        "--clean-statistics",
        action="store_true",
        help="First compare the artifact's batch statistics with precise ones, estimated on the training images "
        "without augmentation and dropout.",
    )
    parser.add_argument(
        "--write", action="store_true", help="Change the artifact if another calibration is chosen."
    )
    parser.set_defaults(command=calibrate)


def calibrate(arguments: argparse.Namespace) -> None:
    """Compares ways to calibrate an artifact; with `--write` takes the one that is clearly better."""
    from training.artifacts.load_run import load_uncalibrated
    from training.artifacts.refresh import recalibrate
    from training.data.batches import predict_all
    from training.evaluation.calibrate import choose

    model, card = load_uncalibrated(arguments.model_dir)
    balances_labels = bool(card["recipe"].get("label_prior") or card["recipe"].get("class_weights"))
    if arguments.clean_statistics and arguments.write and balances_labels:
        raise TrainingError(
            f"{arguments.model_dir.name} was trained to treat all labels alike. Cross-entropy, which would choose its "
            "batch statistics, favours frequent labels: compare them without --write."
        )
    splits, extra = read_measured_sets(arguments)
    faces = splits["PublicTest"]
    statistics = _choose_statistics(model, splits) if arguments.clean_statistics else None
    _print_comparison(arguments.model_dir.name, model, faces)
    calibration = choose(
        predict_all(model.predict_on_batch, faces.images),
        faces.labels,
        keep_label_shares=balances_labels or bool(card["recipe"].get("label_share")),
    )
    print(f"Choice: {calibration.chosen_by}")
    if not arguments.write:
        return
    same_statistics = statistics is None or not statistics.clean
    if same_statistics and bool(calibration.scales) == ("label_scales" in card["calibration"]):
        print("The artifact already has this calibration and stays as it is.")
        return
    print_metrics(recalibrate(arguments.model_dir, model, calibration, splits, extra, statistics=statistics))


def _choose_statistics(model: keras.Model, splits: dict[str, Faces]) -> PreciseBN:
    """Gives the model the better batch statistics and prints the comparison."""
    from training.evaluation.precise_bn import choose_batch_statistics

    say("Estimating batch statistics of the training images as they are ...")
    statistics = choose_batch_statistics(model, splits["Training"].images, splits["PublicTest"])
    print(f"Batch statistics of {statistics.as_dict()['of']}: {statistics.chosen_by}")
    return statistics


def _print_comparison(name: str, model: keras.Model, faces: Faces) -> None:
    from training.artifacts.refresh import compare_calibrations

    attempts, (chance, chance_high) = compare_calibrations(model, faces)
    print(f"{name} on PublicTest, {len(faces):,} images, 5-fold cross-validation")
    for attempt in attempts:
        print(
            f"  {attempt.name:27} cross-entropy {attempt.nll:.4f}, calibration error {attempt.ece:.4f}, "
            f"accuracy {attempt.accuracy:.2%}"
        )
    print(
        f"  a perfect model's error on as many images: {chance:.4f} on average, up to {chance_high:.4f} by chance"
    )
