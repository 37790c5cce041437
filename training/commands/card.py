"""`card`: measures an artifact again and renews the metrics in its card."""

from __future__ import annotations

import argparse
from typing import Any

from training.commands.common import (
    add_artifact,
    add_ckplus,
    add_data,
    add_votes,
    print_metrics,
    read_measured_sets,
)


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser("card", help="Measure an artifact again and renew the metrics in its card.")
    add_artifact(parser)
    add_data(parser)
    add_votes(parser)
    add_ckplus(parser)
    parser.set_defaults(command=card)


def card(arguments: argparse.Namespace) -> None:
    """Renews the metrics in an artifact's card and prints them."""
    from training.artifacts.refresh import refresh_card

    splits, extra = read_measured_sets(arguments)
    print_metrics(refresh_card(arguments.model_dir, splits, extra))
