"""`evaluate`: measures an artifact on a data set."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from training.commands.common import (
    add_artifact,
    add_data,
    add_votes,
    format_confusion,
    read,
    read_votes,
    with_votes,
)

if TYPE_CHECKING:
    import numpy as np

    from training.data import Faces
    from training.evaluation.evaluate import Metrics


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser("evaluate", help="Measure an artifact on a data set.")
    add_artifact(parser)
    parser.add_argument(
        "--dataset",
        choices=["fer2013", "ferplus", "ckplus"],
        default="fer2013",
        help="Data set to measure on. Default: fer2013.",
    )
    add_data(parser)
    add_votes(parser)
    parser.add_argument(
        "--split",
        default="PublicTest",
        help="Split to measure on: Training, PublicTest or PrivateTest. PublicTest, the default, may be looked at "
        "while you choose a model; PrivateTest is for the final figure, once per model.",
    )
    parser.add_argument(
        "--ten-crop",
        action="store_true",
        help="Measure ten crops averaged too, as many publish their figure: ten more passes.",
    )
    parser.add_argument("--json", action="store_true", help="Print JSON.")
    parser.set_defaults(command=evaluate)


def evaluate(arguments: argparse.Namespace) -> None:
    """Prints an artifact's metrics and confusion matrix on a data set."""
    from training.artifacts.card import load_artifact
    from training.evaluation.evaluate import evaluate as measure

    model, card = load_artifact(arguments.model_dir)
    faces, duplicates, description = _read_test(arguments)
    evaluation = measure(model.predict_on_batch, faces, duplicates, ten_crop=arguments.ten_crop)
    if arguments.json:
        print(json.dumps({"model": card["name"]} | evaluation.as_dict()))
        return
    print(f"{card['name']} on {description}, {len(faces):,} images")
    for name, metrics in (
        ("single", evaluation.single),
        ("flip", evaluation.flip),
        ("ten crops", evaluation.ten_crop),
        ("single, without duplicates of other splits", evaluation.no_duplicates),
    ):
        if metrics is not None:
            print(f"  {name}: {_describe(metrics, len(faces))}")
    print(format_confusion(evaluation.single.confusion, card["labels"]))


def _describe(metrics: Metrics, num_all: int) -> str:
    low, high = metrics.interval
    count = f"{metrics.num_images:,} images, " if metrics.num_images < num_all else ""
    return (
        f"{count}accuracy {metrics.accuracy:.2%} ({low:.2%} to {high:.2%}), balanced {metrics.balanced_accuracy:.2%}, "
        f"cross-entropy {metrics.nll:.3f}, calibration error {metrics.ece:.3f}"
    )


def _read_test(arguments: argparse.Namespace) -> tuple[Faces, np.ndarray | None, str]:
    """Returns the images, a mask of those that another split holds too, and a description of both data and labels."""
    from training.data import duplicated, in_product_labels, read_ckplus

    if arguments.dataset == "ckplus":
        faces = in_product_labels(read_ckplus(arguments.data))
        return faces, None, "CK+48, six expressions, all seven answers allowed"
    splits = read(arguments, arguments.split)
    labels = "original labels"
    if arguments.dataset == "ferplus":
        splits = with_votes(splits, read_votes(arguments))
        labels = "FER+ majority labels"
    name = arguments.split
    return splits[name], duplicated(splits, name), f"FER2013 {name}, {labels}"
