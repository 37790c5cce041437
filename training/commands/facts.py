"""`results`, `card` and `calibrate`: what finished runs and artifacts are worth, written down beside them."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.commands.options import add_data, add_votes, read, read_for, read_votes, say, with_votes
from training.errors import TrainingError

if TYPE_CHECKING:
    from training.data import Faces


def add(parsers: Any) -> None:
    """Declares the commands."""
    parser = parsers.add_parser("results", help="measure a finished run and write its result.json")
    parser.add_argument("recipe", help="its name")
    add_data(parser)
    add_votes(parser)
    parser.add_argument("--run-dir", type=Path, help="default: runs/RECIPE")
    parser.set_defaults(command=results)
    parser = parsers.add_parser("card", help="measure an artifact again and renew the figures in its card")
    _add_artifact(parser)
    parser.set_defaults(command=card)
    parser = parsers.add_parser("calibrate", help="compare ways to calibrate an artifact on PublicTest")
    _add_artifact(parser)
    parser.add_argument(
        "--clean-statistics",
        action="store_true",
        help="first compare batch statistics of the training images as they are with those inside",
    )
    parser.add_argument(
        "--write", action="store_true", help="change the artifact if the choice is another one"
    )
    parser.set_defaults(command=calibrate)


def _add_artifact(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model_dir", type=Path, help="folder with model.keras and card.json")
    add_data(parser)
    add_votes(parser)
    parser.add_argument("--ckplus", type=Path, help="CK+48.zip: its six expressions are measured too")


def results(arguments: argparse.Namespace) -> None:
    """Writes a run's `result.json`; PrivateTest is measured for finished runs only."""
    from training.export import MEASURED
    from training.results import (
        evaluate_splits,
        load_calibrated,
        read_recipe,
        require_finished,
        write_result,
    )

    run_dir = arguments.run_dir or Path("runs") / arguments.recipe
    if any(run_dir.glob("*/recipe.json")):
        _crossval_results(run_dir, arguments)
        return
    recipe = read_recipe(run_dir)
    require_finished(recipe, run_dir)
    splits = read_for(recipe, arguments, "Training", *MEASURED)
    say(f"Measuring {recipe.name} on {' and '.join(MEASURED)} ...")
    trained = load_calibrated(recipe, run_dir, splits)
    evaluations = evaluate_splits(trained.model, splits, MEASURED)
    path = write_result(recipe, run_dir, evaluations, trained)
    for name, evaluation in evaluations.items():
        low, high = evaluation.single.interval
        print(f"{name}: accuracy {evaluation.single.accuracy:.2%} ({low:.2%} to {high:.2%})")
    print(f"Wrote {path}. Next: python -m training report --runs {run_dir}")


def _crossval_results(run_dir: Path, arguments: argparse.Namespace) -> None:
    from training.data import read_ckplus
    from training.results import load_protocols, read_recipe, write_crossval_result

    recipe = read_recipe(next(iter(sorted(run_dir.glob("*/recipe.json")))).parent)
    path = write_crossval_result(recipe, run_dir, read_ckplus(arguments.data), load_protocols(run_dir))
    print(f"Wrote {path}. Next: python -m training report --runs {run_dir}")


def card(arguments: argparse.Namespace) -> None:
    """Renews an artifact's figures."""
    from training.refresh import refresh_card

    splits, extra = _read_sets(arguments)
    _print_metrics(refresh_card(arguments.model_dir, splits, extra))


def calibrate(arguments: argparse.Namespace) -> None:
    """Compares ways to calibrate an artifact; with `--write` takes the one that is clearly better."""
    from training.batch_statistics import choose_statistics
    from training.calibrate import choose
    from training.data.batches import predict_all
    from training.refresh import compare_calibrations, recalibrate
    from training.trained import load_uncalibrated

    model, card_content = load_uncalibrated(arguments.model_dir)
    recipe = card_content["recipe"]
    rare_labels_count = bool(recipe.get("label_prior") or recipe.get("class_weights"))
    if arguments.clean_statistics and arguments.write and rare_labels_count:
        raise TrainingError(
            f"{arguments.model_dir.name} makes rare labels count, and cross-entropy, which would choose its batch "
            "statistics, does not: compare them without --write."
        )
    splits, extra = _read_sets(arguments)
    faces = splits["PublicTest"]
    statistics = None
    if arguments.clean_statistics:
        say("Estimating batch statistics of the training images as they are ...")
        statistics = choose_statistics(model, splits["Training"].images, faces)
        print(f"Batch statistics of {statistics.as_dict()['of']}: {statistics.chosen_by}")
    attempts, (chance, chance_high) = compare_calibrations(model, faces)
    print(f"{arguments.model_dir.name} on PublicTest, {len(faces):,} images, 5-fold cross-validation")
    for attempt in attempts:
        print(
            f"  {attempt.name:27} cross-entropy {attempt.nll:.4f}, calibration error {attempt.ece:.4f}, "
            f"accuracy {attempt.accuracy:.2%}"
        )
    print(
        f"  a perfect model's error on as many images: {chance:.4f} on average, up to {chance_high:.4f} by chance"
    )
    calibration = choose(
        predict_all(model.predict_on_batch, faces.images), faces.labels, rare_labels_count=rare_labels_count
    )
    print(f"Choice: {calibration.chosen_by}")
    if not arguments.write:
        return
    same_statistics = statistics is None or not statistics.clean
    if same_statistics and bool(calibration.scales) == ("label_scales" in card_content["calibration"]):
        print("It is the choice inside: the artifact stays as it is.")
        return
    _print_metrics(recalibrate(arguments.model_dir, model, calibration, splits, extra, statistics=statistics))


def _read_sets(arguments: argparse.Namespace) -> tuple[dict[str, Faces], dict[str, Faces]]:
    """Reads the splits with the artifact's own labels, and the other sets that the options name."""
    from training.artifact import load_artifact
    from training.data import in_product_labels, read_ckplus
    from training.export import MEASURED

    _, card_content = load_artifact(arguments.model_dir)
    plain = read(arguments, "Training", *MEASURED)
    own_votes = card_content["recipe"].get("data") == "ferplus"
    extra: dict[str, Faces] = {}
    splits = plain
    if own_votes or arguments.votes:
        voted = with_votes(plain, read_votes(arguments))
        splits = voted if own_votes else plain
        other = ("original labels", plain) if own_votes else ("FER+ majority labels", voted)
        extra[f"PrivateTest ({other[0]})"] = other[1]["PrivateTest"]
    if arguments.ckplus:
        extra["CK+48, six expressions"] = in_product_labels(read_ckplus(arguments.ckplus))
    return splits, extra


def _print_metrics(card_content: Mapping[str, Any]) -> None:
    for name, figures in card_content["metrics"].items():
        low, high = figures.get("accuracy_interval", (0.0, 1.0))
        print(
            f"{name}: {figures['n']:,} images, accuracy {figures['accuracy']:.2%} ({low:.2%} to {high:.2%}), "
            f"calibration error {figures['ece']:.3f}"
        )
