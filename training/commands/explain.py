"""`explain`: draws a Grad-CAM saliency map of one face."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from training.commands.common import add_artifact
from training.errors import TrainingError


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser(
        "explain", help="Draw which parts of a face speak for a label (a Grad-CAM saliency map)."
    )
    add_artifact(parser)
    parser.add_argument("image", type=Path, help="Path of an image of one tightly cropped face.")
    parser.add_argument("--layer", help="Layer to explain. Default: the last convolution.")
    parser.add_argument("--label", help="Label to explain. Default: the most probable one.")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("explained.png"),
        help="Path of the image to write. Default: explained.png.",
    )
    parser.set_defaults(command=explain)


def explain(arguments: argparse.Namespace) -> None:
    """Draws which parts of a face speak for a label."""
    from training.artifacts.card import load_artifact
    from training.evaluation.grad_cam import draw, grad_cam, last_convolution, read_face, write_image

    model, card = load_artifact(arguments.model_dir)
    image = read_face(arguments.image)
    probabilities = model.predict_on_batch(image[None])[0]
    label = arguments.label or card["labels"][int(probabilities.argmax())]
    if label not in card["labels"]:
        raise TrainingError(f"Unknown label {label!r}. Known: {', '.join(card['labels'])}.")
    layer = arguments.layer or last_convolution(model)
    saliency = grad_cam(model, image, card["labels"].index(label), layer)
    write_image(arguments.out, draw(image, saliency))
    answers = ", ".join(f"{n} {p:.0%}" for n, p in zip(card["labels"], probabilities, strict=True))
    print(f"{answers}\nWrote {arguments.out}: what speaks for {label} in layer {layer}")
