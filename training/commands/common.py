"""What several commands share: arguments, the data that they name, and tables to print."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from training.errors import TrainingError
from training.recipes import RECIPES, get_recipe

if TYPE_CHECKING:
    from training.config import Recipe
    from training.data import Faces


DATA_WORDS = {
    "fer2013": "FER2013's labels",
    "ferplus": "FER+'s votes (needs --votes)",
    "ckplus": "CK+",
}


def add_recipe(parser: argparse.ArgumentParser, *data: str) -> None:
    """Declares the recipe; the help ends with the names of the recipes of the data sets `data`."""
    parser.add_argument("recipe", metavar="RECIPE", help="Name of the recipe, from the list below.")
    chosen = [recipe for recipe in RECIPES.values() if recipe.data in data]
    width = max(len(recipe.name) for recipe in chosen)
    lines = [f"{recipe.name:{width}}  learns from {DATA_WORDS[recipe.data]}" for recipe in chosen]
    parser.epilog = "\n  ".join(["recipes:", *lines])
    parser.formatter_class = (
        argparse.RawDescriptionHelpFormatter
    )  # keeps the list's lines, and the names in one piece


def add_data(parser: argparse.ArgumentParser) -> None:
    """Declares the path of FER2013, and whether an incomplete one is accepted."""
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="Path of FER2013: fer2013.csv, its .tar.gz, or, to look at, the folder with train/ and test/.",
    )
    parser.add_argument(
        "--allow-partial",
        action="store_true",
        help="Accept a file with fewer images than the complete FER2013.",
    )


def add_votes(parser: argparse.ArgumentParser) -> None:
    """Declares the path of FER+'s votes."""
    parser.add_argument("--votes", type=Path, help="Path of FER+'s fer2013new.csv. Needed for FER+ labels.")


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Declares a seed other than the recipe's."""
    parser.add_argument(
        "--seed",
        type=int,
        help="Seed of the run. Default: the recipe's, which is 1. Any other seed gets a run folder of its own.",
    )


def add_run_dir(parser: argparse.ArgumentParser) -> None:
    """Declares the run folder."""
    parser.add_argument("--run-dir", type=Path, help="Run folder. Default: runs/RECIPE.")


def add_artifact(parser: argparse.ArgumentParser) -> None:
    """Declares the artifact."""
    parser.add_argument("model_dir", type=Path, help="Folder with model.keras and card.json.")


def add_ckplus(parser: argparse.ArgumentParser) -> None:
    """Declares CK+ as one more set to measure on."""
    parser.add_argument(
        "--ckplus",
        type=Path,
        help="Path of CK+48.zip. If given, the six expressions that it shares with the product are measured too.",
    )


def recipe_of(arguments: argparse.Namespace) -> Recipe:
    """Returns the recipe named on the command line, with the seed given there."""
    recipe = get_recipe(arguments.recipe)
    return recipe if arguments.seed is None else replace(recipe, seed=arguments.seed)


def run_dir_of(recipe: Recipe, arguments: argparse.Namespace) -> Path:
    """Returns the run folder named on the command line, or the recipe's own."""
    return arguments.run_dir or Path("runs") / recipe.run_name


def read(arguments: argparse.Namespace, *needed: str) -> dict[str, Faces]:
    """Reads FER2013.

    Raises:
        TrainingError: If the data cannot be read or a split named in `needed` is missing.
    """
    from training.data import read_fer2013

    splits = read_fer2013(arguments.data, allow_partial=arguments.allow_partial)
    for name in needed:
        if name not in splits:
            why = " Image folders have PublicTest and PrivateTest in one: give the challenge's fer2013.csv or .tar.gz."
            raise TrainingError(
                f"{arguments.data} has no split {name!r}. It has: {', '.join(splits)}."
                + (why if arguments.data.is_dir() else "")
            )
    return splits


def read_for(recipe: Recipe, arguments: argparse.Namespace, *needed: str) -> dict[str, Faces]:
    """Reads the splits with the labels that the recipe trains on; otherwise as `read`."""
    splits = read(arguments, *needed)
    if recipe.data == "fer2013":
        return splits
    return with_votes(splits, read_votes(arguments), label_share=recipe.label_share)


def with_votes(splits: dict[str, Faces], votes: np.ndarray, *, label_share: float = 0.0) -> dict[str, Faces]:
    """Returns the splits with FER+ labels: soft labels in Training, majority labels in the others."""
    from training.data import majority_labels, soft_labels

    return {
        name: soft_labels(faces, votes, label_share=label_share)
        if name == "Training"
        else majority_labels(faces, votes)
        for name, faces in splits.items()
    }


def read_votes(arguments: argparse.Namespace) -> np.ndarray:
    """Reads FER+'s votes. Raises `TrainingError` if the command line does not name the file."""
    from training.data import read_votes as read_table

    if arguments.votes is None:
        raise TrainingError(
            "FER+ labels need --votes fer2013new.csv beside --data fer2013.csv; it is downloaded from "
            "https://github.com/microsoft/FERPlus."
        )
    return read_table(arguments.votes)


def read_measured_sets(arguments: argparse.Namespace) -> tuple[dict[str, Faces], dict[str, Faces]]:
    """Reads what a card's metrics are measured on.

    Returns:
        The official splits with the labels that the artifact was trained on, and the other sets that the command line
        names, by the name that the card gives them.
    """
    from training.artifacts.card import MEASURED, load_artifact
    from training.data import in_product_labels, read_ckplus

    _, card = load_artifact(arguments.model_dir)
    original = read(arguments, "Training", *MEASURED)
    trained_on_votes = card["recipe"].get("data") == "ferplus"
    splits, extra = original, {}
    if trained_on_votes or arguments.votes:
        voted = with_votes(original, read_votes(arguments))
        if trained_on_votes:
            splits = voted
            extra["PrivateTest (original labels)"] = original["PrivateTest"]
        else:
            extra["PrivateTest (FER+ majority labels)"] = voted["PrivateTest"]
    if arguments.ckplus:
        extra["CK+48, six expressions"] = in_product_labels(read_ckplus(arguments.ckplus))
    return splits, extra


def say(line: str) -> None:
    """Prints a line and flushes it, so that a long command also reports its progress through a pipe or into a file."""
    print(line, flush=True)


def print_metrics(card: Mapping[str, Any]) -> None:
    """Prints one line per entry of a card's metrics."""
    for name, metrics in card["metrics"].items():
        low, high = metrics.get("accuracy_interval", (0.0, 1.0))
        print(
            f"{name}: {metrics['n']:,} images, accuracy {metrics['accuracy']:.2%} ({low:.2%} to {high:.2%}), "
            f"calibration error {metrics['ece']:.3f}"
        )


def format_confusion(confusion: np.ndarray, labels: Sequence[str]) -> str:
    """Returns a confusion matrix `(k, k)` as a text table, row = true label, in percent of the row."""
    shares = 100 * confusion / np.maximum(confusion.sum(1, keepdims=True), 1)
    lines = [" " * 10 + "".join(f"{label:>10}" for label in labels)]
    lines += [
        f"{label:10}" + "".join(f"{share:10.1f}" for share in row)
        for label, row in zip(labels, shares, strict=True)
    ]
    return "\n".join(lines)
