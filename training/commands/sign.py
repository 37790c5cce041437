"""`sign`: signs an artifact's card, so that servers can tell who made the model."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser("sign", help="Sign artifacts with an Ed25519 key (docs/guide/operating.md).")
    parser.add_argument(
        "model_dirs", type=Path, nargs="+", help="Folders with card.json and the files it names."
    )
    parser.add_argument("--key", type=Path, required=True, help="Private key, PEM without a password.")
    parser.set_defaults(command=sign)


def sign(arguments: argparse.Namespace) -> None:
    """Signs the artifacts and prints where the signatures are."""
    from training.artifacts.signing import sign_artifact

    for model_dir in arguments.model_dirs:
        print(sign_artifact(model_dir, arguments.key))
