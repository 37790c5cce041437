"""The command line: parses arguments, runs the command, prints a `TrainingError` as one sentence."""

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
    """Runs one command.

    Args:
        argv: Arguments without the program's name. Default: those of the process.

    Returns:
        Exit code: 0 after success, 1 after a `TrainingError`, 130 after Ctrl-C, 141 if the reader of the output has
            closed it.
    """
    arguments = _parser().parse_args(argv)
    try:
        arguments.command(arguments)
    except TrainingError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nStopped. {getattr(arguments, 'after_stop', '')}".rstrip(), file=sys.stderr)
        return 130
    except BrokenPipeError:  # as after `... | head`
        # At exit the interpreter flushes stdout and would fail again.
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
