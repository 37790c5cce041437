"""The command line: parses, calls, turns a `TrainingError` into one sentence."""

from __future__ import annotations

import argparse
import os
import sys

from training.commands import (
    calibrate,
    card,
    convert,
    crossval,
    evaluate,
    explain,
    export,
    fit,
    forest,
    prepare,
    report,
    results,
    tune,
)
from training.errors import TrainingError

COMMANDS = (
    prepare,
    fit,
    crossval,
    tune,
    evaluate,
    results,
    card,
    calibrate,
    forest,
    report,
    export,
    convert,
    explain,
)
"""Modules with `add(parsers)`, in the order of the help."""


def main(argv: list[str] | None = None) -> int:
    """Runs one command and returns the exit code: 0 done, 1 a stated problem, 130 stopped by Ctrl-C."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.command(arguments)
    except TrainingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nStopped. {getattr(arguments, 'after_stop', '')}".rstrip(), file=sys.stderr)
        return 130
    except BrokenPipeError:  # `... | head` has read enough; nothing more can be printed, at exit neither
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training", description="Trains and measures Countenance's models."
    )
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(parsers)
    return parser
