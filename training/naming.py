"""How runs and their files are called, and the lines that train them again."""

from __future__ import annotations

from training.config import Recipe

RESULT = "result.json"
DATA_WORDS = {
    "fer2013": "fer2013.tar.gz",
    "ferplus": "fer2013.tar.gz --votes fer2013new.csv",
    "ckplus": "CK+48.zip",
}


def run_name(recipe: Recipe) -> str:
    """Returns the name of a run: the recipe's, and its seed where that is not the usual one."""
    return recipe.name if recipe.seed == 1 else f"{recipe.name}-seed{recipe.seed}"


def command_of(recipe: Recipe) -> str:
    """Returns the command line that trains a recipe."""
    command = "crossval" if recipe.data == "ckplus" else "fit"
    seed = "" if recipe.seed == 1 else f" --seed {recipe.seed}"
    return f"python -m training {command} {recipe.name} --data {DATA_WORDS[recipe.data]}{seed}"
