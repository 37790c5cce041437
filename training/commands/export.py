"""`export`: writes a run's best weights as an artifact with its card."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from training.commands.common import (
    add_data,
    add_recipe,
    add_run_dir,
    add_seed,
    add_votes,
    read_for,
    recipe_of,
    run_dir_of,
)
from training.commands.convert import add_formats, write_formats
from training.errors import TrainingError


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser("export", help="Write a run's best weights as an artifact with its card.")
    add_recipe(parser, "fer2013", "ferplus")
    add_data(parser)
    add_votes(parser)
    add_run_dir(parser)
    add_seed(parser)
    parser.add_argument(
        "--average-seeds",
        type=int,
        nargs="+",
        default=[],
        metavar="SEED",
        help="Other seeds of the recipe, trained before; the mean of all their best weights is written.",
    )
    parser.add_argument("--out", type=Path, help="Folder of the artifact. Default: models/RECIPE.")
    add_formats(parser, [], "Other formats to write too, into runs/RECIPE-formats. Default: none.")
    parser.set_defaults(command=export)


def export(arguments: argparse.Namespace) -> None:
    """Writes a run's best weights as an artifact and prints its metrics."""
    from training.artifacts.export import export as write_artifact
    from training.data.fer2013 import OFFICIAL_COUNTS

    recipe = recipe_of(arguments)
    splits = read_for(recipe, arguments, *OFFICIAL_COUNTS)
    out_dir = arguments.out or Path("models") / recipe.name
    others = {
        seed: Path("runs") / replace(recipe, seed=seed).run_name
        for seed in arguments.average_seeds
        if seed != recipe.seed
    }
    if arguments.average_seeds and not (others and recipe.init):
        raise TrainingError(
            "--average-seeds takes seeds other than the run's own, of a recipe with `init`: only runs that start from "
            f"the same weights end near one another. Received: {recipe.name}, init={recipe.init!r}, "
            f"seeds {recipe.seed} and {arguments.average_seeds}."
        )
    card = write_artifact(recipe, run_dir_of(recipe, arguments), splits, out_dir, others=others)
    for name, metrics in card["metrics"].items():
        print(
            f"{name}: accuracy {metrics['accuracy']:.2%} of {metrics['n']:,}, calibration error {metrics['ece']:.3f}"
        )
    size = card["files"]["model.keras"]["bytes"] / 1e6
    print(f"Wrote {out_dir}: {size:.1f} MB, calibration {card['calibration']}")
    if arguments.formats:
        write_formats(
            out_dir, splits["PublicTest"], arguments.formats, Path("runs") / f"{recipe.name}-formats"
        )
