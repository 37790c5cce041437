"""`tune`: searches a recipe's hyper-parameters and writes figures of what each does."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from training.commands.common import add_data, add_recipe, add_votes, read_for, say
from training.errors import TrainingError
from training.recipes import get_recipe


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser("tune", help="Search a recipe's hyper-parameters with many short runs.")
    add_recipe(parser, "fer2013", "ferplus")
    add_data(parser)
    add_votes(parser)
    parser.add_argument(
        "--trials",
        type=int,
        default=30,
        help="Number of finished trials that the study should have. Default: 30.",
    )
    parser.add_argument("--epochs", type=int, default=6, help="Epochs per trial. Default: 6.")
    parser.add_argument(
        "--images",
        type=int,
        default=0,
        help="Number of random training images per trial. Default: 0, for all.",
    )
    parser.add_argument(
        "--image-size", type=int, default=48, help="Side of the training images in pixels. Default: 48."
    )
    parser.add_argument(
        "--validation",
        choices=["PublicTest", "holdout"],
        default="PublicTest",
        help="Images that trials are compared on: PublicTest, or training images held out. Default: PublicTest.",
    )
    parser.add_argument(
        "--study",
        type=Path,
        default=Path("runs/tune.db"),
        help="SQLite file of the study. Default: runs/tune.db.",
    )
    parser.add_argument(
        "--out", type=Path, help="Folder of the figures and the table. Default: runs/RECIPE-tuning."
    )
    parser.set_defaults(
        command=tune, after_stop="Finished trials are in the study; the same command continues."
    )


def tune(arguments: argparse.Namespace) -> None:
    """Runs the trials that the study lacks and writes its report."""
    from training.nn.models import ModelOptions, build
    from training.report.tuning import write_report
    from training.trainer.tune import Budget, describe, open_study
    from training.trainer.tune import tune as run_trials

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
