"""The command `countenance`: `serve`, `label`, `backup`, `restore` as `python -m webapp` has them, and `train`."""

from __future__ import annotations

import sys

from webapp.__main__ import main as run_webapp

MORE = "To train and measure models: countenance train --help"
NOT_INSTALLED = (
    "error: Training needs {name}, which is not installed. `pip install 'countenance[train]'` brings it."
)


def main(argv: list[str] | None = None) -> int:
    """Runs a command.

    Args:
        argv: Arguments without the program's name. Default: those of the process.

    Returns:
        Exit code.
    """
    arguments = sys.argv[1:] if argv is None else argv
    if arguments[:1] == ["train"]:
        return train(arguments[1:])
    return run_webapp(arguments, prog="countenance", more=MORE)


def train(arguments: list[str]) -> int:
    """Runs `python -m training`, whose packages only the extra `train` brings."""
    try:
        from training.cli import main as run_training

        return run_training(arguments, prog="countenance train")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in ("countenance", "training", "webapp"):
            raise
        print(NOT_INSTALLED.format(name=error.name), file=sys.stderr)
        return 1
