"""The command line: parses, calls, turns a `TrainingError` into one sentence."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from training.errors import TrainingError


def main(argv: list[str] | None = None) -> int:
    """Runs one command and returns the exit code: 0 done, 1 a stated problem, 130 stopped by Ctrl-C."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.command(arguments)
    except TrainingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. Every finished epoch is on disk; go on with --resume.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description="Trains and measures Countenance's models.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    fit = commands.add_parser("fit", help="train a recipe")
    fit.add_argument("recipe", help="its name in training/recipes.py")
    _add_data(fit)
    fit.add_argument("--run-dir", type=Path, help="default: runs/RECIPE")
    fit.add_argument("--resume", action="store_true", help="go on from the last finished epoch, exactly")
    fit.set_defaults(command=_fit)
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="fer2013.csv, its .tar.gz, or the image folders")
    parser.add_argument("--allow-partial", action="store_true", help="accept a file with fewer images than FER2013 has")


def _fit(arguments: argparse.Namespace) -> None:
    from training import device
    from training.data import read_fer2013
    from training.fit import fit
    from training.recipes import get_recipe

    recipe = get_recipe(arguments.recipe)
    splits = read_fer2013(arguments.data, allow_partial=arguments.allow_partial)
    for name in ("Training", "PublicTest"):
        if name not in splits:
            raise TrainingError(f"{arguments.data} has no split {name}, which `fit` needs.")
    run_dir = arguments.run_dir or Path("runs") / recipe.name
    print(f"{recipe.name}: {recipe.epochs} epochs on {device.describe()}, run folder {run_dir}", flush=True)
    best = fit(
        recipe,
        splits["Training"],
        splits["PublicTest"],
        run_dir,
        resume=arguments.resume,
        say=lambda line: print(line, flush=True),
    )
    print(f"Done. Best weights: {best}")
