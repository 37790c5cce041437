"""`quantize`: makes an int8 artifact from a float one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from training.commands.common import (
    add_artifact,
    add_ckplus,
    add_data,
    add_votes,
    print_metrics,
    read_measured_sets,
)
from training.commands.convert import print_parity


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser(
        "quantize", help="Make an int8 artifact from an artifact, with a card of its own."
    )
    add_artifact(parser)
    add_data(parser)
    add_votes(parser)
    add_ckplus(parser)
    parser.add_argument(
        "--images",
        type=int,
        default=1000,
        help="Number of training images that give the ranges of the values. Default: 1000.",
    )
    parser.add_argument(
        "--out", type=Path, help="Folder of the new artifact. Default: the artifact's own, ending in -int8."
    )
    parser.set_defaults(command=quantize)


def quantize(arguments: argparse.Namespace) -> None:
    """Makes the artifact and prints its size, its parity and its metrics."""
    from training.artifacts.quantize import quantize_artifact

    model_dir = arguments.model_dir
    splits, extra = read_measured_sets(arguments)
    out_dir = arguments.out or model_dir.with_name(model_dir.name + "-int8")
    card = quantize_artifact(model_dir, out_dir, splits, extra, num_images=arguments.images)
    print_parity(out_dir / "model.onnx", card["files"]["model.onnx"])
    print(card["quantization"]["method"])
    print_metrics(card)
