"""`forest`: a random forest in place of a network's last layer."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.commands.common import add_data, add_votes, read_for, say
from training.errors import TrainingError

if TYPE_CHECKING:
    import keras

    from training.config import Recipe
    from training.evaluation.forest import Forest

SCHEMA_VERSION = 1


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser(
        "forest", help="Grow a random forest on a network's last features and compare it with the last layer."
    )
    parser.add_argument("network", help="Name of a trained recipe, or folder of an artifact.")
    add_data(parser)
    add_votes(parser)
    parser.add_argument(
        "--split",
        choices=["PublicTest", "PrivateTest"],
        default="PublicTest",
        help="Splits to measure on: PrivateTest adds it to PublicTest. Default: PublicTest.",
    )
    parser.add_argument("--trees", type=int, default=300, help="Number of trees. Default: 300.")
    parser.add_argument("--seed", type=int, default=1, help="Seed of the forest. Default: 1.")
    parser.add_argument(
        "--run-dir", type=Path, help="Run folder of the trained recipe. Default: runs/RECIPE."
    )
    parser.add_argument("--out", type=Path, help="Folder of result.json. Default: runs/NAME-forest.")
    parser.set_defaults(command=forest)


def forest(arguments: argparse.Namespace) -> None:
    """Grows a forest and prints its accuracy beside that of the network's own last layer."""
    from training.evaluation.forest import ForestRecipe, grow

    if arguments.trees < 1:
        raise TrainingError(f"--trees must be at least 1. Received: {arguments.trees}.")
    recipe, model = _load(arguments)
    names = ["PublicTest", *(["PrivateTest"] if arguments.split == "PrivateTest" else [])]
    splits = read_for(recipe, arguments, "Training", *names)
    say(f"{recipe.name}: features of {len(splits['Training']):,} images, then {arguments.trees} trees ...")
    grown = grow(
        ForestRecipe(num_trees=arguments.trees, seed=arguments.seed),
        model,
        splits["Training"],
        {name: splits[name] for name in names},
    )
    _print(grown)
    print(f"Wrote {_write(recipe, grown, arguments)}")


def _load(arguments: argparse.Namespace) -> tuple[Recipe, keras.Model]:
    from training.artifacts.card import load_artifact
    from training.artifacts.load_run import load_best
    from training.recipes import RECIPES, get_recipe

    folder = Path(arguments.network)
    if (folder / "card.json").exists():
        model, card = load_artifact(folder)
        return get_recipe(card["name"]), model
    if arguments.network not in RECIPES:
        raise TrainingError(
            f"{arguments.network!r} is neither an artifact's folder nor a recipe. Recipes: {', '.join(RECIPES)}."
        )
    recipe = get_recipe(arguments.network)
    return recipe, load_best(recipe, arguments.run_dir or Path("runs") / recipe.name)[0]


def _print(grown: Forest) -> None:
    print(
        f"{grown.recipe.num_trees} trees on {grown.num_features} features of {grown.num_images:,} images, "
        f"seed {grown.recipe.seed}, {grown.seconds:.0f} s"
    )
    for name, found in grown.splits.items():
        forest, head = found.forest.single, found.head
        print(
            f"  {name}, {forest.num_images:,} images: forest {forest.accuracy:.2%}, the network's own last layer "
            f"{head.accuracy:.2%}, difference {100 * (forest.accuracy - head.accuracy):+.2f} points; balanced "
            f"{forest.balanced_accuracy:.2%} and {head.balanced_accuracy:.2%}"
        )


def _write(recipe: Recipe, grown: Forest, arguments: argparse.Namespace) -> Path:
    from training.artifacts.run_result import RESULT
    from training.files import replace_text
    from training.trainer.device import environment

    name = f"{recipe.name}-forest"
    path = (arguments.out or Path("runs") / name) / RESULT
    votes = " --votes fer2013new.csv" if recipe.data == "ferplus" else ""
    about = {
        "about": f"A random forest on what the last layer of {recipe.name} sees, in place of that layer."
    }
    entry = {
        "schema_version": SCHEMA_VERSION,
        "name": name,
        "recipe": name,
        "command": f"python -m training forest {arguments.network} --data fer2013.tar.gz{votes} "
        f"--split {arguments.split} --trees {arguments.trees} --seed {arguments.seed}",
        **environment(),
        **grown.as_dict(),
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_text(path.parent / "recipe.json", json.dumps(recipe.as_dict() | about, indent=2) + "\n")
        replace_text(path, json.dumps(entry, indent=1) + "\n")
    except OSError as error:
        raise TrainingError(f"{path} cannot be written ({error.strerror or error}).") from error
    return path
