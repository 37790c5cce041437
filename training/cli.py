"""The command line: parses, calls, turns a `TrainingError` into one sentence."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.errors import TrainingError

if TYPE_CHECKING:
    from training.config import Recipe
    from training.data import Faces


def main(argv: list[str] | None = None) -> int:
    """Runs one command and returns the exit code: 0 done, 1 a stated problem, 130 stopped by Ctrl-C."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.command(arguments)
    except TrainingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Every finished epoch is on disk; go on with --resume.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training", description="Trains and measures Countenance's models."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    fit = commands.add_parser("fit", help="train a recipe")
    fit.add_argument("recipe", help="its name in training/recipes.py")
    _add_data(fit)
    _add_votes(fit)
    fit.add_argument("--run-dir", type=Path, help="default: runs/RECIPE")
    fit.add_argument("--resume", action="store_true", help="go on from the last finished epoch, exactly")
    fit.set_defaults(command=_fit)
    crossval = commands.add_parser("crossval", help="train and test a CK+ recipe, by images and by people")
    crossval.add_argument("recipe", help="its name in training/recipes.py")
    crossval.add_argument(
        "--data", type=Path, required=True, help="CK+48.zip, its folder, or the original tree"
    )
    crossval.add_argument("--protocol", choices=["random", "subjects", "both"], default="both")
    crossval.add_argument("--run-dir", type=Path, help="default: runs/RECIPE; finished folds in it are kept")
    crossval.set_defaults(command=_crossval)
    prepare = commands.add_parser("prepare", help="check a data set: counts per split and label, duplicates")
    _add_data(prepare)
    prepare.set_defaults(command=_prepare)
    evaluate = commands.add_parser("evaluate", help="measure an artifact on a data set")
    evaluate.add_argument("model_dir", type=Path, help="folder with model.keras and card.json")
    evaluate.add_argument("--dataset", choices=["fer2013", "ferplus", "ckplus"], default="fer2013")
    _add_data(evaluate)
    _add_votes(evaluate)
    evaluate.add_argument(
        "--split", default="PublicTest", help="default: PublicTest; report PrivateTest only once"
    )
    evaluate.add_argument("--json", action="store_true", help="print JSON")
    evaluate.set_defaults(command=_evaluate)
    export = commands.add_parser("export", help="write a run's best weights as an artifact with its card")
    export.add_argument("recipe")
    _add_data(export)
    _add_votes(export)
    export.add_argument("--run-dir", type=Path, help="default: runs/RECIPE")
    export.add_argument("--out", type=Path, help="default: models/RECIPE")
    export.set_defaults(command=_export)
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data", type=Path, required=True, help="fer2013.csv, its .tar.gz, or the image folders"
    )
    parser.add_argument(
        "--allow-partial", action="store_true", help="accept a file with fewer images than FER2013 has"
    )


def _add_votes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--votes", type=Path, help="FER+'s fer2013new.csv, where FER+ labels are wanted")


def _fit(arguments: argparse.Namespace) -> None:
    from training import device
    from training.artifact import load_artifact
    from training.distil import with_teacher
    from training.fit import fit
    from training.recipes import get_recipe

    recipe = get_recipe(arguments.recipe)
    if recipe.data == "ckplus":
        raise TrainingError(f"{recipe.name} trains on CK+, which has no fixed splits: use `crossval`.")
    splits = _read_for(recipe, arguments, "Training", "PublicTest")
    initial = None
    if recipe.init and not arguments.resume:
        initial = load_artifact(Path("models") / recipe.init)[0].get_weights()
    if recipe.teacher:
        teacher, _ = load_artifact(Path("models") / recipe.teacher)
        print(f"Asking the teacher {recipe.teacher} about {len(splits['Training']):,} images ...", flush=True)
        splits["Training"] = with_teacher(splits["Training"], teacher.predict_on_batch, recipe.teacher_share)
    run_dir = arguments.run_dir or Path("runs") / recipe.name
    print(f"{recipe.name}: {recipe.epochs} epochs on {device.describe()}, run folder {run_dir}", flush=True)
    best = fit(
        recipe,
        (splits["Training"], splits["PublicTest"]),
        run_dir,
        initial=initial,
        resume=arguments.resume,
        say=lambda line: print(line, flush=True),
    )
    print(f"Done. Best weights: {best}")
    votes = f" --votes {arguments.votes}" if arguments.votes else ""
    print(f"Next: python -m training export {recipe.name} --data {arguments.data}{votes}")


def _crossval(arguments: argparse.Namespace) -> None:
    from training.artifact import load_artifact
    from training.crossval import cross_validate, transferred
    from training.data import read_ckplus
    from training.models import build
    from training.protocols import random_split, subject_folds
    from training.recipes import get_recipe

    recipe = get_recipe(arguments.recipe)
    if recipe.data != "ckplus":
        raise TrainingError(
            f"{recipe.name} trains on {recipe.data}: use `fit`. `crossval` takes CK+ recipes."
        )
    faces = read_ckplus(arguments.data)
    try:
        by_people = subject_folds(faces)
    except ValueError as error:
        raise TrainingError(f"{arguments.data} cannot be divided by people: {error}.") from error
    initial = None
    if recipe.init:
        trained = load_artifact(Path("models") / recipe.init)[0].get_weights()
        initial = transferred(trained, build(recipe.model).get_weights())
    protocols = {
        "random": ("random split of images", random_split(faces, seed=recipe.seed)),
        "subjects": ("nobody in both training and test", by_people),
    }
    chosen = list(protocols) if arguments.protocol == "both" else [arguments.protocol]
    run_dir = arguments.run_dir or Path("runs") / recipe.name
    lines = []
    for title, folds in (protocols[name] for name in chosen):
        summary = cross_validate(
            recipe, faces, folds, run_dir, initial=initial, say=lambda line: print(line, flush=True)
        )
        spread = (
            f" +- {summary.deviation:.2%} over {summary.num_folds} folds" if summary.num_folds > 1 else ""
        )
        lines.append(
            f"{title}: {summary.mean:.2%}{spread}, last epoch, {summary.confusion.sum()} test images, "
            f"{summary.seconds / 60:.0f} min of training\n{format_confusion(summary.confusion, list(faces.names))}"
        )
    print("\n".join([f"{recipe.name} on CK+, {len(faces)} images", *lines]))


def _prepare(arguments: argparse.Namespace) -> None:
    from training.data import find_duplicates

    splits = _read(arguments)
    for name, faces in splits.items():
        counts = ", ".join(f"{label} {count:,}" for label, count in faces.counts().items())
        print(f"{name}: {len(faces):,} images ({counts})")
    duplicates = find_duplicates(splits)
    print(
        f"Duplicates: {duplicates.num_images():,} images in {len(duplicates.groups):,} groups of identical pixels; "
        f"{duplicates.num_conflicting():,} groups carry different labels."
    )
    for name in splits:
        print(f"  within {name}: {duplicates.within(name):,}")
        for other in splits:
            if other != name:
                print(f"  of {name} also in {other}: {len(duplicates.across(name, other)):,}")


def _evaluate(arguments: argparse.Namespace) -> None:
    from training.artifact import load_artifact
    from training.evaluate import evaluate

    model, card = load_artifact(arguments.model_dir)
    faces, labels_are = _read_test(arguments)
    results = evaluate(model.predict_on_batch, faces)
    if arguments.json:
        print(json.dumps({name: result.as_dict() for name, result in results.items()}))
        return
    print(f"{card['name']} on {labels_are}, {len(faces):,} images")
    for name, result in results.items():
        print(
            f"  {name:6}: accuracy {result.accuracy:.2%}, balanced {result.balanced_accuracy:.2%}, "
            f"cross-entropy {result.nll:.3f}, calibration error {result.ece:.3f}"
        )
    print(format_confusion(results["single"].confusion, card["labels"]))


def _read_test(arguments: argparse.Namespace) -> tuple[Faces, str]:
    """Reads what `evaluate` measures on, and what its labels are."""
    from training.data import in_product_labels, majority, read_ckplus

    if arguments.dataset == "ckplus":
        return in_product_labels(
            read_ckplus(arguments.data)
        ), "CK+48, six expressions, all seven answers allowed"
    faces = _read(arguments, arguments.split)[arguments.split]
    if arguments.dataset == "fer2013":
        return faces, f"FER2013 {arguments.split}, original labels"
    return majority(faces, _read_votes(arguments)), f"FER2013 {arguments.split}, FER+ majority labels"


def format_confusion(confusion: np.ndarray, labels: list[str]) -> str:
    """Returns a confusion matrix `(k, k)` as a text table, row = true label, in percent of the row."""
    shares = 100 * confusion / np.maximum(confusion.sum(1, keepdims=True), 1)
    lines = [" " * 10 + "".join(f"{label:>10}" for label in labels)]
    lines += [
        f"{label:10}" + "".join(f"{share:10.1f}" for share in row)
        for label, row in zip(labels, shares, strict=True)
    ]
    return "\n".join(lines)


def _export(arguments: argparse.Namespace) -> None:
    from training.data.fer2013 import OFFICIAL_COUNTS
    from training.export import export
    from training.recipes import get_recipe

    recipe = get_recipe(arguments.recipe)
    splits = _read_for(recipe, arguments, *OFFICIAL_COUNTS)
    out_dir = arguments.out or Path("models") / recipe.name
    card = export(recipe, arguments.run_dir or Path("runs") / recipe.name, splits, out_dir)
    for name, figures in card["metrics"].items():
        print(
            f"{name}: accuracy {figures['accuracy']:.2%} of {figures['n']:,}, calibration error {figures['ece']:.3f}"
        )
    print(
        f"Wrote {out_dir}: {card['files']['model.keras']['bytes'] / 1e6:.1f} MB, temperature {card['calibration']}"
    )


def _read_for(recipe: Recipe, arguments: argparse.Namespace, *needed: str) -> dict[str, Faces]:
    """Reads the splits with the labels that the recipe wants."""
    from training.data import distribution, majority

    splits = _read(arguments, *needed)
    if recipe.data == "fer2013":
        return splits
    votes = _read_votes(arguments)
    return {
        name: (distribution if name == "Training" else majority)(faces, votes)
        for name, faces in splits.items()
    }


def _read_votes(arguments: argparse.Namespace) -> np.ndarray:
    from training.data import read_votes

    if arguments.votes is None:
        raise TrainingError("FER+ labels need --votes fer2013new.csv beside --data fer2013.csv.")
    return read_votes(arguments.votes)


def _read(arguments: argparse.Namespace, *needed: str) -> dict[str, Faces]:
    """Reads FER2013 and makes sure that the splits a command needs are there."""
    from training.data import read_fer2013

    splits = read_fer2013(arguments.data, allow_partial=arguments.allow_partial)
    for name in needed:
        if name not in splits:
            raise TrainingError(f"{arguments.data} has no split {name!r}. It has: {', '.join(splits)}.")
    return splits
