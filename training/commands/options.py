"""Arguments that several commands share, and the data they name."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from training.errors import TrainingError

if TYPE_CHECKING:
    import numpy as np

    from training.config import Recipe
    from training.data import Faces


def add_data(parser: argparse.ArgumentParser) -> None:
    """Declares where FER2013 is."""
    parser.add_argument(
        "--data", type=Path, required=True, help="fer2013.csv, its .tar.gz, or the image folders"
    )
    parser.add_argument(
        "--allow-partial", action="store_true", help="accept a file with fewer images than FER2013 has"
    )


def add_votes(parser: argparse.ArgumentParser) -> None:
    """Declares where FER+'s votes are."""
    parser.add_argument("--votes", type=Path, help="FER+'s fer2013new.csv, where FER+ labels are wanted")


def add_seed(parser: argparse.ArgumentParser) -> None:
    """Declares another seed than the recipe's."""
    parser.add_argument(
        "--seed", type=int, help="default: the recipe's, 1; another one gets a run folder of its own"
    )


def recipe_of(arguments: argparse.Namespace) -> Recipe:
    """Returns the recipe that is named, with the seed that is asked for."""
    from training.recipes import get_recipe

    recipe = get_recipe(arguments.recipe)
    return recipe if arguments.seed is None else replace(recipe, seed=arguments.seed)


def read(arguments: argparse.Namespace, *needed: str) -> dict[str, Faces]:
    """Reads FER2013 and makes sure that the splits a command needs are there."""
    from training.data import read_fer2013

    splits = read_fer2013(arguments.data, allow_partial=arguments.allow_partial)
    for name in needed:
        if name not in splits:
            raise TrainingError(f"{arguments.data} has no split {name!r}. It has: {', '.join(splits)}.")
    return splits


def read_for(recipe: Recipe, arguments: argparse.Namespace, *needed: str) -> dict[str, Faces]:
    """Reads the splits with the labels that the recipe wants."""
    splits = read(arguments, *needed)
    return splits if recipe.data == "fer2013" else with_votes(splits, read_votes(arguments))


def with_votes(splits: dict[str, Faces], votes: np.ndarray) -> dict[str, Faces]:
    """Returns the splits with FER+ labels: shares of the votes in Training, majority labels in the others."""
    from training.data import distribution, majority

    return {
        name: (distribution if name == "Training" else majority)(faces, votes)
        for name, faces in splits.items()
    }


def read_votes(arguments: argparse.Namespace) -> np.ndarray:
    """Reads FER+'s votes, which the command must have been given."""
    from training.data import read_votes as read_table

    if arguments.votes is None:
        raise TrainingError("FER+ labels need --votes fer2013new.csv beside --data fer2013.csv.")
    return read_table(arguments.votes)


def say(line: str) -> None:
    """Prints a line at once, also into a file or a pipe: long commands report by it."""
    print(line, flush=True)
