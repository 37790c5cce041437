"""`fit` and `crossval`: train a recipe."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.commands.options import add_data, add_seed, add_votes, read_for, recipe_of, say
from training.commands.text import format_confusion
from training.errors import TrainingError

if TYPE_CHECKING:
    from training.config import Recipe
    from training.data import Faces
    from training.trainer.crossval import Summary


def add(parsers: Any) -> None:
    """Declares the commands."""
    parser = parsers.add_parser("fit", help="train a recipe")
    parser.add_argument("recipe", help="its name in training/recipes.py")
    add_data(parser)
    add_votes(parser)
    parser.add_argument("--run-dir", type=Path, help="default: runs/RECIPE")
    add_seed(parser)
    parser.add_argument(
        "--distribute", action="store_true", help="over all devices and machines (KERAS_BACKEND=jax)"
    )
    parser.add_argument("--resume", action="store_true", help="go on from the last finished epoch, exactly")
    parser.set_defaults(command=fit, after_stop="Every finished epoch is on disk; go on with --resume.")
    parser = parsers.add_parser("crossval", help="train and test a CK+ recipe, by images and by people")
    parser.add_argument("recipe", help="its name in training/recipes.py")
    parser.add_argument(
        "--data", type=Path, required=True, help="CK+48.zip, its folder, or the original tree"
    )
    parser.add_argument("--protocol", choices=["random", "subjects", "both"], default="both")
    parser.add_argument("--run-dir", type=Path, help="default: runs/RECIPE; finished folds in it are kept")
    add_seed(parser)
    parser.set_defaults(
        command=crossval, after_stop="Finished epochs and folds are on disk; the same command goes on."
    )


def fit(arguments: argparse.Namespace) -> None:
    """Trains a recipe; see `training.trainer.run.fit`."""
    from training.naming import run_name
    from training.results import evaluate_splits, load_calibrated, write_result
    from training.trainer import device, distribution
    from training.trainer.run import fit as train

    recipe = recipe_of(arguments)
    if recipe.data == "ckplus":
        raise TrainingError(f"{recipe.name} trains on CK+, which has no fixed splits: use `crossval`.")
    splits = read_for(recipe, arguments, "Training", "PublicTest")
    run_dir = arguments.run_dir or Path("runs") / run_name(recipe)
    batch = min(recipe.batch_size, len(splits["Training"]))
    where = distribution.start(batch) if arguments.distribute else device.describe()
    say(f"{recipe.name}: {recipe.epochs} epochs on {where}, run folder {run_dir}")
    with distribution.undistributed():
        initial = _weights(recipe.init) if recipe.init and not arguments.resume else None
        data = (_taught(recipe, splits["Training"]), splits["PublicTest"])
    best = train(recipe, data, run_dir, initial=initial, resume=arguments.resume, say=say)
    if not distribution.is_first():
        return
    with distribution.undistributed():
        trained = load_calibrated(recipe, run_dir, splits)
        evaluations = evaluate_splits(trained.model, splits, ["PublicTest"])
    result = write_result(recipe, run_dir, evaluations, trained)
    print(f"Done. Best weights: {best}; what PublicTest says of them: {result}")
    votes = f" --votes {arguments.votes}" if arguments.votes else ""
    print(f"Next: python -m training export {recipe.name} --data {arguments.data}{votes}")


def _weights(artifact: str) -> list:
    from training.artifact import load_artifact

    return load_artifact(Path("models") / artifact)[0].get_weights()


def _taught(recipe: Recipe, faces: Faces) -> Faces:
    """Returns the training images with the teacher's answers in their targets, where the recipe has one."""
    from training.artifact import load_artifact
    from training.data.distillation import with_teacher

    if not recipe.teacher:
        return faces
    teacher, _ = load_artifact(Path("models") / recipe.teacher)
    say(f"Asking the teacher {recipe.teacher} about {len(faces):,} images ...")
    return with_teacher(faces, teacher.predict_on_batch, recipe.teacher_share)


def crossval(arguments: argparse.Namespace) -> None:
    """Trains and tests a CK+ recipe under one protocol or both."""
    from training.data import read_ckplus
    from training.naming import run_name
    from training.nn.models import build
    from training.results import load_protocols, write_crossval_result
    from training.trainer.crossval import cross_validate, transferred

    recipe = recipe_of(arguments)
    if recipe.data != "ckplus":
        raise TrainingError(
            f"{recipe.name} trains on {recipe.data}: use `fit`. `crossval` takes CK+ recipes."
        )
    faces = read_ckplus(arguments.data)
    protocols = _protocols(faces, recipe.seed, arguments)
    initial = transferred(_weights(recipe.init), build(recipe.model).get_weights()) if recipe.init else None
    run_dir = arguments.run_dir or Path("runs") / run_name(recipe)
    lines = [f"{recipe.name} on CK+, {len(faces)} images"]
    for title, folds in protocols:
        summary = cross_validate(recipe, faces, folds, run_dir, initial=initial, say=say)
        lines.append(_describe(title, summary, faces))
    say("\n".join(lines))
    print(f"Kept in {write_crossval_result(recipe, run_dir, faces, load_protocols(run_dir))}")


def _protocols(faces: Faces, seed: int, arguments: argparse.Namespace) -> list[tuple[str, Any]]:
    """Returns the title and the folds of every protocol asked for."""
    from training.data.folds import random_split, subject_folds

    try:
        by_people = subject_folds(faces)
    except ValueError as error:
        raise TrainingError(f"{arguments.data} cannot be divided by people: {error}.") from error
    protocols = {
        "random": ("random split of images", random_split(faces, seed=seed)),
        "subjects": ("nobody in both training and test", by_people),
    }
    return list(protocols.values()) if arguments.protocol == "both" else [protocols[arguments.protocol]]


def _describe(title: str, summary: Summary, faces: Faces) -> str:
    spread = f" +- {summary.deviation:.2%} over {summary.num_folds} folds" if summary.num_folds > 1 else ""
    return (
        f"{title}: {summary.mean:.2%}{spread}, last epoch, {summary.confusion.sum()} test images, "
        f"{summary.seconds / 60:.0f} min of training\n{format_confusion(summary.confusion, faces.names)}"
    )
