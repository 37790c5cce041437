"""`export`, `convert` and `explain`: artifacts, the same model for other runtimes, and where its labels come from."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from training.commands.options import add_data, add_seed, add_votes, read, read_for, recipe_of
from training.errors import TrainingError

if TYPE_CHECKING:
    from training.data import Faces

FORMAT_NAMES = ("onnx", "litert", "saved_model")
NUM_PARITY_IMAGES = 500


def add(parsers: Any) -> None:
    """Declares the commands."""
    parser = parsers.add_parser("export", help="write a run's best weights as an artifact with its card")
    parser.add_argument("recipe", help="its name in training/recipes.py")
    add_data(parser)
    add_votes(parser)
    parser.add_argument("--run-dir", type=Path, help="default: runs/RECIPE")
    add_seed(parser)
    parser.add_argument("--out", type=Path, help="default: models/RECIPE")
    _add_formats(parser, [], "also write these, into runs/RECIPE-formats")
    parser.set_defaults(command=export)
    parser = parsers.add_parser("convert", help="write an artifact as ONNX, LiteRT and SavedModel, compared")
    parser.add_argument("model_dir", type=Path, help="folder with model.keras and card.json")
    add_data(parser)
    _add_formats(parser, list(FORMAT_NAMES), "default: all")
    parser.add_argument("--out", type=Path, help="default: runs/NAME-formats")
    parser.set_defaults(command=convert)
    _add_explain(parsers)


def _add_explain(parsers: Any) -> None:
    parser = parsers.add_parser("explain", help="draw where in a face a label comes from (Grad-CAM)")
    parser.add_argument("model_dir", type=Path, help="folder with model.keras and card.json")
    parser.add_argument("image", type=Path, help="a face, cut tight")
    parser.add_argument("--layer", help="default: the last convolution")
    parser.add_argument("--label", help="default: the most probable one")
    parser.add_argument("--out", type=Path, default=Path("explained.png"), help="default: explained.png")
    parser.set_defaults(command=explain)


def _add_formats(parser: argparse.ArgumentParser, default: list[str], text: str) -> None:
    parser.add_argument("--formats", nargs="+", choices=FORMAT_NAMES, default=default, help=text)


def export(arguments: argparse.Namespace) -> None:
    """Writes a run's best weights as an artifact."""
    from training.data.fer2013 import OFFICIAL_COUNTS
    from training.export import export as write_artifact
    from training.naming import run_name

    recipe = recipe_of(arguments)
    splits = read_for(recipe, arguments, *OFFICIAL_COUNTS)
    out_dir = arguments.out or Path("models") / recipe.name
    card = write_artifact(recipe, arguments.run_dir or Path("runs") / run_name(recipe), splits, out_dir)
    for name, figures in card["metrics"].items():
        print(
            f"{name}: accuracy {figures['accuracy']:.2%} of {figures['n']:,}, calibration error {figures['ece']:.3f}"
        )
    print(
        f"Wrote {out_dir}: {card['files']['model.keras']['bytes'] / 1e6:.1f} MB, temperature {card['calibration']}"
    )
    if arguments.formats:
        _convert(out_dir, splits["PublicTest"], arguments.formats, Path("runs") / f"{recipe.name}-formats")


def convert(arguments: argparse.Namespace) -> None:
    """Writes an artifact in other formats."""
    faces = read(arguments, "PublicTest")["PublicTest"]
    out_dir = arguments.out or Path("runs") / f"{arguments.model_dir.name}-formats"
    _convert(arguments.model_dir, faces, arguments.formats, out_dir)


def _convert(model_dir: Path, faces: Faces, formats: list[str], out_dir: Path) -> None:
    from training.artifact import load_artifact
    from training.formats import convert as write_formats

    model, _ = load_artifact(model_dir)
    for parity in write_formats(model, faces.images[:NUM_PARITY_IMAGES], out_dir, formats):
        print(
            f"{parity.path}: {parity.bytes / 1e6:.1f} MB; on {parity.num_images} images the probabilities differ by at "
            f"most {parity.max_difference:.1e}, the label is the same on {parity.top1_agreement:.1%}"
        )


def explain(arguments: argparse.Namespace) -> None:
    """Draws where in a face a label comes from."""
    from training.artifact import load_artifact
    from training.explain import draw, grad_cam, last_convolution, read_face, write_picture

    model, card = load_artifact(arguments.model_dir)
    image = read_face(arguments.image)
    probabilities = model.predict_on_batch(image[None])[0]
    label = arguments.label or card["labels"][int(probabilities.argmax())]
    if label not in card["labels"]:
        raise TrainingError(f"Unknown label {label!r}. Known: {', '.join(card['labels'])}.")
    layer = arguments.layer or last_convolution(model)
    heat = grad_cam(model, image, card["labels"].index(label), layer)
    write_picture(arguments.out, draw(image, heat))
    answers = ", ".join(f"{n} {p:.0%}" for n, p in zip(card["labels"], probabilities, strict=True))
    print(f"{answers}\nWrote {arguments.out}: what speaks for {label} in layer {layer}")
