"""`fit`: trains a FER2013 or FER+ recipe."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.commands.common import (
    add_data,
    add_recipe,
    add_run_dir,
    add_seed,
    add_votes,
    read_for,
    recipe_of,
    run_dir_of,
    say,
)
from training.errors import TrainingError

if TYPE_CHECKING:
    from training.config import Recipe
    from training.data import Faces


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser("fit", help="Train a FER2013 or FER+ recipe.")
    add_recipe(parser, "fer2013", "ferplus")
    add_data(parser)
    add_votes(parser)
    add_run_dir(parser)
    add_seed(parser)
    parser.add_argument(
        "--distribute",
        action="store_true",
        help="Train on all devices of all machines. Needs KERAS_BACKEND=jax.",
    )
    parser.add_argument(
        "--resume", action="store_true", help="Continue exactly after the last finished epoch."
    )
    parser.set_defaults(command=fit, after_stop="Every finished epoch is on disk; continue with --resume.")


def fit(arguments: argparse.Namespace) -> None:
    """Trains a recipe (`training.trainer.run.fit`) and writes its validation metrics to `result.json`."""
    from training.artifacts.card import load_weights
    from training.artifacts.load_run import load_calibrated
    from training.artifacts.run_result import write_result
    from training.evaluation.evaluate import evaluate_splits
    from training.trainer import device, distribution
    from training.trainer.run import fit as train

    recipe = recipe_of(arguments)
    if recipe.data == "ckplus":
        raise TrainingError(f"{recipe.name} trains on CK+, which has no fixed splits: use `crossval`.")
    splits = read_for(recipe, arguments, "Training", "PublicTest")
    run_dir = run_dir_of(recipe, arguments)
    batch = min(recipe.batch_size, len(splits["Training"]))
    where = distribution.start(batch) if arguments.distribute else device.describe()
    say(f"{recipe.name}: {recipe.epochs} epochs on {where}, run folder {run_dir}")
    with distribution.undistributed():
        initial = load_weights(Path("models") / recipe.init) if recipe.init and not arguments.resume else None
        data = (_distilled(recipe, splits["Training"]), splits["PublicTest"])
    best = train(recipe, data, run_dir, initial=initial, resume=arguments.resume, say=say)
    if not distribution.is_first():
        return
    with distribution.undistributed():
        trained = load_calibrated(recipe, run_dir, splits)
        evaluations = evaluate_splits(trained.model, splits, ["PublicTest"])
    result = write_result(recipe, run_dir, evaluations, trained)
    print(f"Done. Best weights: {best}; their metrics on PublicTest: {result}")
    options = {"--votes": arguments.votes, "--seed": arguments.seed, "--run-dir": arguments.run_dir}
    given = "".join(f" {name} {value}" for name, value in options.items() if value is not None)
    print(f"Next: python -m training export {recipe.name} --data {arguments.data}{given}")


def _distilled(recipe: Recipe, faces: Faces) -> Faces:
    """Returns the training images with the teacher's answers in their targets, if the recipe has a teacher."""
    from training.artifacts.card import load_artifact
    from training.data.distillation import with_teacher

    if not recipe.teacher:
        return faces
    teacher, _ = load_artifact(Path("models") / recipe.teacher)
    say(f"Asking the teacher {recipe.teacher} about {len(faces):,} images ...")
    return with_teacher(faces, teacher.predict_on_batch, recipe.teacher_share)
