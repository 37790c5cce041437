"""`crossval`: trains and tests a CK+ recipe fold by fold."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.commands.common import add_recipe, add_seed, format_confusion, recipe_of, run_dir_of, say
from training.errors import TrainingError

if TYPE_CHECKING:
    from training.config import Recipe
    from training.data import Faces
    from training.data.folds import Fold
    from training.trainer.crossval import Summary


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser(
        "crossval", help="Train and test a CK+ recipe on a random split and on subject-independent folds."
    )
    add_recipe(parser, "ckplus")
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="Path of CK+: CK+48.zip, its folder, or the original tree with cohn-kanade-images/ and Emotion/.",
    )
    parser.add_argument(
        "--protocol",
        choices=["random", "subjects", "both"],
        default="both",
        help="Protocol to follow: a random split of images, subject-independent folds, or both. Default: both.",
    )
    parser.add_argument(
        "--run-dir", type=Path, help="Run folder. Default: runs/RECIPE. Finished folds in it are kept."
    )
    add_seed(parser)
    parser.set_defaults(
        command=crossval, after_stop="Finished epochs and folds are on disk; the same command continues."
    )


def crossval(arguments: argparse.Namespace) -> None:
    """Trains and tests a CK+ recipe under one protocol or both, and writes `result.json`."""
    from training.artifacts.card import load_weights
    from training.artifacts.run_result import load_protocols, write_crossval_result
    from training.data import read_ckplus
    from training.nn.models import build
    from training.trainer.crossval import cross_validate, transferred

    recipe = recipe_of(arguments)
    if recipe.data != "ckplus":
        raise TrainingError(
            f"{recipe.name} trains on {recipe.data}: use `fit`. `crossval` takes CK+ recipes."
        )
    faces = read_ckplus(arguments.data)
    protocols = _protocols(faces, recipe, arguments)
    initial = None
    if recipe.init:
        initial = transferred(load_weights(Path("models") / recipe.init), build(recipe.model).get_weights())
    run_dir = run_dir_of(recipe, arguments)
    lines = [f"{recipe.name} on CK+, {len(faces)} images"]
    for title, folds in protocols:
        summary = cross_validate(recipe, faces, folds, run_dir, initial=initial, say=say)
        lines.append(
            _describe(title, summary, faces, "best validation" if recipe.validated else "last epoch")
        )
    say("\n".join(lines))
    print(f"Kept in {write_crossval_result(recipe, run_dir, faces, load_protocols(run_dir))}")


def _protocols(faces: Faces, recipe: Recipe, arguments: argparse.Namespace) -> list[tuple[str, list[Fold]]]:
    """Returns the title and the folds of every protocol asked for."""
    from training.data.folds import random_split, subject_folds

    try:
        by_subject = subject_folds(faces, validated=recipe.validated)
    except ValueError as error:
        raise TrainingError(f"{arguments.data} cannot be divided by people: {error}.") from error
    protocols = {
        "random": (
            "random split of images",
            random_split(faces, seed=recipe.seed, validated=recipe.validated),
        ),
        "subjects": ("subject-independent folds", by_subject),
    }
    return list(protocols.values()) if arguments.protocol == "both" else [protocols[arguments.protocol]]


def _describe(title: str, summary: Summary, faces: Faces, epoch: str) -> str:
    spread = f" +- {summary.deviation:.2%} over {summary.num_folds} folds" if summary.num_folds > 1 else ""
    return (
        f"{title}: {summary.mean:.2%}{spread}, {epoch}, {summary.confusion.sum()} test images, "
        f"{summary.seconds / 60:.0f} min of training\n{format_confusion(summary.confusion, faces.names)}"
    )
