"""`report`: renders docs/results, and, for local eyes only, pictures of faces with what a model says of them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from training.commands.options import read, say
from training.errors import TrainingError


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser("report", help="render docs/results from the facts of finished runs")
    parser.add_argument(
        "--runs",
        type=Path,
        nargs="+",
        default=[],
        metavar="DIR",
        help="run folders whose facts are kept first",
    )
    parser.add_argument("--out", type=Path, default=Path("docs/results"), help="default: docs/results")
    parser.add_argument("--models", type=Path, default=Path("models"), help="artifacts; default: models")
    parser.add_argument(
        "--faces", type=Path, metavar="DIR", help="instead: draw test faces with answers, never below docs"
    )
    parser.add_argument("--model", type=Path, default=Path("models/model2-fer2013-best"), help="for --faces")
    parser.add_argument("--data", type=Path, help="fer2013.csv or its .tar.gz, for --faces")
    parser.add_argument("--allow-partial", action="store_true", help="for --faces: fewer images are fine")
    parser.set_defaults(command=report)


def report(arguments: argparse.Namespace) -> None:
    """Renders docs/results."""
    if arguments.faces:
        _draw_faces(arguments)
        return
    from training.report.facts import collect, read_facts
    from training.report.render import rendered, write

    for run_dir in arguments.runs:
        collect(run_dir, arguments.out)
    files = rendered(read_facts(arguments.out, arguments.models))
    write(files, arguments.out)
    say(f"Wrote {len(files)} files below {arguments.out}: read {arguments.out / 'README.md'}")


def _draw_faces(arguments: argparse.Namespace) -> None:
    from training.artifact import load_artifact
    from training.report.faces import draw_faces

    if arguments.data is None:
        raise TrainingError("--faces needs --data fer2013.csv.")
    if "docs" in arguments.faces.resolve().relative_to(Path.cwd().anchor).parts:
        raise TrainingError(
            f"{arguments.faces} is below docs, which is published: FER2013's pictures are not ours to hand on. "
            "Choose another folder."
        )
    model, card = load_artifact(arguments.model)
    for path in draw_faces(
        model, card["labels"], read(arguments, "PublicTest")["PublicTest"], arguments.faces
    ):
        print(f"Wrote {path}")
