"""`prepare` and `evaluate`: what a data set holds, and what an artifact makes of it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.commands.options import add_data, add_votes, read, read_votes, with_votes
from training.commands.text import format_confusion

if TYPE_CHECKING:
    import numpy as np

    from training.data import Faces
    from training.evaluate import Result


def add(parsers: Any) -> None:
    """Declares the commands."""
    parser = parsers.add_parser("prepare", help="check a data set: counts per split and label, duplicates")
    add_data(parser)
    parser.add_argument(
        "--facts",
        type=Path,
        metavar="DIR",
        help="also write counts and the list of duplicates there, for `report`",
    )
    parser.set_defaults(command=prepare)
    parser = parsers.add_parser("evaluate", help="measure an artifact on a data set")
    parser.add_argument("model_dir", type=Path, help="folder with model.keras and card.json")
    parser.add_argument("--dataset", choices=["fer2013", "ferplus", "ckplus"], default="fer2013")
    add_data(parser)
    add_votes(parser)
    parser.add_argument(
        "--split", default="PublicTest", help="default: PublicTest; report PrivateTest only once"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(command=evaluate)


def prepare(arguments: argparse.Namespace) -> None:
    """Prints what a data set holds."""
    from training.data import find_duplicates

    splits = read(arguments)
    for name, faces in splits.items():
        counts = ", ".join(f"{label} {count:,}" for label, count in faces.counts().items())
        print(f"{name}: {len(faces):,} images ({counts})")
    duplicates = find_duplicates(splits)
    print(
        f"Duplicates: {duplicates.num_images():,} images in {len(duplicates.groups):,} groups of identical pixels; "
        f"{duplicates.num_conflicting():,} groups carry different labels."
    )
    for name in splits:
        print(f"  within {name}: {duplicates.within(name):,}")
        for other in splits:
            if other != name:
                print(f"  of {name} also in {other}: {len(duplicates.across(name, other)):,}")
    if arguments.facts:
        from training.data.duplicates import write_summary

        print(f"Wrote {' and '.join(map(str, write_summary(splits, duplicates, arguments.facts)))}")


def evaluate(arguments: argparse.Namespace) -> None:
    """Measures an artifact on a data set."""
    from training.artifact import load_artifact
    from training.evaluate import evaluate as measure

    model, card = load_artifact(arguments.model_dir)
    faces, duplicates, labels_are = _read_test(arguments)
    evaluation = measure(model.predict_on_batch, faces, duplicates)
    if arguments.json:
        print(json.dumps(evaluation.as_dict()))
        return
    print(f"{card['name']} on {labels_are}, {len(faces):,} images")
    for name, result in (
        ("single", evaluation.single),
        ("flip", evaluation.flip),
        ("single, without duplicates of other splits", evaluation.no_duplicates),
    ):
        if result is not None:
            print(f"  {name}: {_describe(result, len(faces))}")
    print(format_confusion(evaluation.single.confusion, card["labels"]))


def _describe(result: Result, num_all: int) -> str:
    low, high = result.interval
    count = f"{result.num_images:,} images, " if result.num_images < num_all else ""
    return (
        f"{count}accuracy {result.accuracy:.2%} ({low:.2%} to {high:.2%}), balanced {result.balanced_accuracy:.2%}, "
        f"cross-entropy {result.nll:.3f}, calibration error {result.ece:.3f}"
    )


def _read_test(arguments: argparse.Namespace) -> tuple[Faces, np.ndarray | None, str]:
    """Reads what `evaluate` measures on, which images stand in another split too, and what the labels are."""
    from training.data import duplicated, in_product_labels, read_ckplus

    if arguments.dataset == "ckplus":
        faces = in_product_labels(read_ckplus(arguments.data))
        return faces, None, "CK+48, six expressions, all seven answers allowed"
    splits = read(arguments, arguments.split)
    labels_are = "original labels"
    if arguments.dataset == "ferplus":
        splits = with_votes(splits, read_votes(arguments))
        labels_are = "FER+ majority labels"
    name = arguments.split
    return splits[name], duplicated(splits, name), f"FER2013 {name}, {labels_are}"
