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
    quantize,
    report,
    results,
    sign,
    tune,
)
from training.errors import TrainingError
from training.quiet import load_backend

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
    quantize,
    sign,
    explain,
)
"""Modules with `add(parsers)`, in the order of the help."""

WITHOUT_KERAS = ("prepare", "report", "results", "sign")
EXAMPLES = """examples:
  %(prog)s fit model2-fer2013 --data fer2013.tar.gz
  %(prog)s evaluate models/model2-ferplus-balanced --data fer2013.tar.gz --split PrivateTest
  %(prog)s fit --help    lists the recipes

Data sets are not part of the repository; docs/guide/training.md says where each is downloaded."""


def main(argv: list[str] | None = None, *, prog: str = "python -m training") -> int:
    """Runs one command.

    Args:
        argv: Arguments without the program's name. Default: those of the process.
        prog: The program's name in its help.

    Returns:
        Exit code: 0 after success, 1 after a `TrainingError`, 130 after Ctrl-C, 141 if the reader of the output has
            closed it.
    """
    arguments = _parser(prog).parse_args(argv)
    try:
        if arguments.command.__name__ not in WITHOUT_KERAS:
            load_backend()
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


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Trains and measures Countenance's models.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(parsers)
    return parser
