"""`report`: renders docs/results, or draws test faces with a model's answers for local use."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from training.commands.common import read, say
from training.errors import TrainingError


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser("report", help="Render docs/results from the results of finished runs.")
    parser.add_argument(
        "--runs",
        type=Path,
        nargs="+",
        default=[],
        metavar="DIR",
        help="Run folders whose results are copied into the report first.",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("docs/results"), help="Folder of the report. Default: docs/results."
    )
    parser.add_argument(
        "--models", type=Path, default=Path("models"), help="Folder of the artifacts. Default: models."
    )
    parser.add_argument(
        "--faces",
        type=Path,
        metavar="DIR",
        help="Draw test faces with a model's answers into this folder instead. Folders below docs are refused.",
    )
    parser.add_argument(
        "--model",
        type=Path,
        default=Path("models/model2-fer2013-best"),
        help="Artifact that answers, for --faces. Default: models/model2-fer2013-best.",
    )
    parser.add_argument("--data", type=Path, help="Path of fer2013.csv or its .tar.gz, for --faces.")
    parser.add_argument(
        "--allow-partial",
        action="store_true",
        help="For --faces, accept fewer images than the complete FER2013.",
    )
    parser.set_defaults(command=report)


def report(arguments: argparse.Namespace) -> None:
    """Renders docs/results."""
    if arguments.faces:
        _draw_faces(arguments)
        return
    from training.report.collect import collect
    from training.report.render import rendered, write
    from training.report.results import read_results

    for run_dir in arguments.runs:
        collect(run_dir, arguments.out)
    files = rendered(read_results(arguments.out, arguments.models))
    write(files, arguments.out)
    say(f"Wrote {len(files)} files below {arguments.out}: read {arguments.out / 'README.md'}")


def _draw_faces(arguments: argparse.Namespace) -> None:
    from training.artifacts.card import load_artifact
    from training.report.faces import draw_faces

    if arguments.data is None:
        raise TrainingError("--faces needs --data fer2013.csv.")
    if "docs" in arguments.faces.resolve().relative_to(Path.cwd().anchor).parts:
        raise TrainingError(
            f"{arguments.faces} is below docs, which is published: FER2013's images are not ours to publish. "
            "Choose another folder."
        )
    model, card = load_artifact(arguments.model)
    for path in draw_faces(
        model, card["labels"], read(arguments, "PublicTest")["PublicTest"], arguments.faces
    ):
        print(f"Wrote {path}")
