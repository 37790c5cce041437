"""`convert`: writes an artifact for other runtimes and compares each file with the Keras model."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.commands.common import add_artifact, add_data, read

if TYPE_CHECKING:
    from training.data import Faces

FORMAT_NAMES = ("onnx", "litert", "saved_model")


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser(
        "convert", help="Write an artifact as ONNX, LiteRT and SavedModel, and compare their answers."
    )
    add_artifact(parser)
    add_data(parser)
    add_formats(parser, list(FORMAT_NAMES), "Formats to write. Default: all.")
    parser.add_argument(
        "--ship",
        action="store_true",
        help="Put model.onnx into the artifact and its card instead, for servers without TensorFlow.",
    )
    parser.add_argument("--out", type=Path, help="Folder of the files. Default: runs/NAME-formats.")
    parser.set_defaults(command=convert)


def add_formats(parser: argparse.ArgumentParser, default: list[str], text: str) -> None:
    """Declares which formats to write."""
    parser.add_argument("--formats", nargs="+", choices=FORMAT_NAMES, default=default, help=text)


def convert(arguments: argparse.Namespace) -> None:
    """Writes an artifact in other formats and prints how closely each file's answers match."""
    faces = read(arguments, "PublicTest")["PublicTest"]
    if arguments.ship:
        ship(arguments.model_dir, faces)
        return
    out_dir = arguments.out or Path("runs") / f"{arguments.model_dir.name}-formats"
    write_formats(arguments.model_dir, faces, arguments.formats, out_dir)


def ship(model_dir: Path, faces: Faces) -> None:
    """Puts `model.onnx` into an artifact and prints how closely its answers match."""
    from training.artifacts.refresh import add_onnx

    print_parity(model_dir / "model.onnx", add_onnx(model_dir, faces)["files"]["model.onnx"])


def print_parity(path: Path, entry: Mapping[str, Any]) -> None:
    """Prints how closely a file's answers match the Keras model's.

    Args:
        path: Path of the file.
        entry: The card's entry of the file.
    """
    parity = entry["parity"]
    print(
        f"{path}: {entry['bytes'] / 1e6:.1f} MB; on {parity['num_images']} images the probabilities differ by at "
        f"most {parity['max_difference']:.1e}, the label is the same on {parity['top1_agreement']:.1%}"
    )


def write_formats(model_dir: Path, faces: Faces, formats: list[str], out_dir: Path) -> None:
    """Writes an artifact in the formats named, compared on the first 500 of `faces`, and prints a line for each."""
    from training.artifacts.card import load_artifact
    from training.artifacts.formats import NUM_PARITY_IMAGES
    from training.artifacts.formats import convert as convert_model

    model, _ = load_artifact(model_dir)
    for parity in convert_model(model, faces.images[:NUM_PARITY_IMAGES], out_dir, formats):
        print_parity(Path(parity.path), {"bytes": parity.bytes, "parity": parity.as_dict()})
