"""`results`: measures a finished run and writes its `result.json`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from training.commands.common import add_data, add_recipe, add_run_dir, add_votes, read_for, say
from training.recipes import RECIPES


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser("results", help="Measure a finished run and write its result.json.")
    add_recipe(parser, *{recipe.data for recipe in RECIPES.values()})
    add_data(parser)
    add_votes(parser)
    add_run_dir(parser)
    parser.set_defaults(command=results)


def results(arguments: argparse.Namespace) -> None:
    """Writes a run's `result.json`. PrivateTest is measured for finished runs only."""
    from training.artifacts.card import MEASURED
    from training.artifacts.load_run import load_calibrated, read_recipe, require_finished
    from training.artifacts.run_result import write_result
    from training.evaluation.evaluate import evaluate_splits

    run_dir = arguments.run_dir or Path("runs") / arguments.recipe
    if any(run_dir.glob("*/recipe.json")):
        _crossval_results(run_dir, arguments)
        return
    recipe = read_recipe(run_dir)
    require_finished(recipe, run_dir)
    splits = read_for(recipe, arguments, "Training", *MEASURED)
    say(f"Measuring {recipe.name} on {' and '.join(MEASURED)} ...")
    trained = load_calibrated(recipe, run_dir, splits)
    evaluations = evaluate_splits(trained.model, splits, MEASURED)
    path = write_result(recipe, run_dir, evaluations, trained)
    for name, evaluation in evaluations.items():
        low, high = evaluation.single.interval
        print(f"{name}: accuracy {evaluation.single.accuracy:.2%} ({low:.2%} to {high:.2%})")
    print(f"Wrote {path}. Next: python -m training report --runs {run_dir}")


def _crossval_results(run_dir: Path, arguments: argparse.Namespace) -> None:
    from training.artifacts.load_run import read_recipe
    from training.artifacts.run_result import load_protocols, write_crossval_result
    from training.data import read_ckplus

    recipe = read_recipe(next(iter(sorted(run_dir.glob("*/recipe.json")))).parent)
    path = write_crossval_result(recipe, run_dir, read_ckplus(arguments.data), load_protocols(run_dir))
    print(f"Wrote {path}. Next: python -m training report --runs {run_dir}")
