"""`tune`: the effect of hyper-parameters, searched and shown."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from training.commands.options import add_data, add_votes, read_for, say
from training.errors import TrainingError


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser("tune", help="search a recipe's hyper-parameters by many short runs")
    parser.add_argument("recipe", help="its name in training/recipes.py")
    add_data(parser)
    add_votes(parser)
    parser.add_argument("--trials", type=int, default=30, help="of the study in all; default: 30")
    parser.add_argument("--epochs", type=int, default=6, help="of each trial; default: 6")
    parser.add_argument("--images", type=int, default=0, help="of Training, drawn at random; default: all")
    parser.add_argument("--image-size", type=int, default=48, help="training side in pixels; default: 48")
    parser.add_argument(
        "--validation", choices=["PublicTest", "holdout"], default="PublicTest", help="what judges a trial"
    )
    parser.add_argument("--study", type=Path, default=Path("runs/tune.db"), help="default: runs/tune.db")
    parser.add_argument("--out", type=Path, help="figures and table; default: runs/RECIPE-tuning")
    parser.set_defaults(
        command=tune, after_stop="Finished trials are in the study; the same command goes on."
    )


def tune(arguments: argparse.Namespace) -> None:
    """Runs the trials that are missing and writes what the study shows."""
    from training.nn.models import ModelOptions, build
    from training.recipes import get_recipe
    from training.trainer.tune import Budget, describe, open_study
    from training.trainer.tune import tune as run_trials
    from training.tune_report import write_report

    recipe = get_recipe(arguments.recipe)
    if recipe.data == "ckplus":
        raise TrainingError(f"{recipe.name} trains on CK+, whose images are all test images of some fold.")
    if arguments.trials < 1:
        raise TrainingError(f"--trials must be at least 1. Received: {arguments.trials}.")
    try:
        budget = Budget(arguments.epochs, arguments.images, arguments.image_size, arguments.validation)
        build(recipe.model, ModelOptions(image_size=budget.image_size))
    except ValueError as error:
        raise TrainingError(f"{error}.") from error
    splits = read_for(recipe, arguments, "Training", "PublicTest")
    study = open_study(arguments.study, recipe, budget)
    data = (splits["Training"], splits["PublicTest"])
    run_trials(study, recipe, data, num_trials=arguments.trials, say=say)
    print(f"Best: {describe(study.best_trial)}")
    out_dir = arguments.out or Path("runs") / f"{recipe.name}-tuning"
    for path in write_report(study, out_dir, _command(arguments)):
        print(f"Wrote {path}")


def _command(arguments: argparse.Namespace) -> str:
    votes = " --votes fer2013new.csv" if arguments.votes else ""
    return (
        f"python -m training tune {arguments.recipe} --data fer2013.tar.gz{votes} --trials {arguments.trials} "
        f"--epochs {arguments.epochs} --images {arguments.images} --image-size {arguments.image_size} "
        f"--validation {arguments.validation}"
    )
