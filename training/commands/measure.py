"""`prepare` and `evaluate`: what a data set holds, and what an artifact makes of it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.commands.options import add_data, add_votes, read, read_votes
from training.commands.text import format_confusion

if TYPE_CHECKING:
    from training.data import Faces


def add(parsers: Any) -> None:
    """Declares the commands."""
    parser = parsers.add_parser("prepare", help="check a data set: counts per split and label, duplicates")
    add_data(parser)
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


def evaluate(arguments: argparse.Namespace) -> None:
    """Measures an artifact on a data set."""
    from training.artifact import load_artifact
    from training.evaluate import evaluate as measure

    model, card = load_artifact(arguments.model_dir)
    faces, labels_are = _read_test(arguments)
    results = measure(model.predict_on_batch, faces)
    if arguments.json:
        print(json.dumps({name: result.as_dict() for name, result in results.items()}))
        return
    print(f"{card['name']} on {labels_are}, {len(faces):,} images")
    for name, result in results.items():
        print(
            f"  {name:6}: accuracy {result.accuracy:.2%}, balanced {result.balanced_accuracy:.2%}, "
            f"cross-entropy {result.nll:.3f}, calibration error {result.ece:.3f}"
        )
    print(format_confusion(results["single"].confusion, card["labels"]))


def _read_test(arguments: argparse.Namespace) -> tuple[Faces, str]:
    """Reads what `evaluate` measures on, and what its labels are."""
    from training.data import in_product_labels, majority, read_ckplus

    if arguments.dataset == "ckplus":
        faces = in_product_labels(read_ckplus(arguments.data))
        return faces, "CK+48, six expressions, all seven answers allowed"
    faces = read(arguments, arguments.split)[arguments.split]
    if arguments.dataset == "fer2013":
        return faces, f"FER2013 {arguments.split}, original labels"
    return majority(faces, read_votes(arguments)), f"FER2013 {arguments.split}, FER+ majority labels"
