"""`prepare`: checks FER2013 and counts its images and duplicates."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from training.commands.common import add_data, read


def add(parsers: Any) -> None:
    """Declares the command."""
    parser = parsers.add_parser(
        "prepare", help="Check FER2013 and count its images and duplicates per split and label."
    )
    add_data(parser)
    parser.add_argument(
        "--facts",
        type=Path,
        metavar="DIR",
        help="Folder to write the counts and the list of duplicates to, for `report`.",
    )
    parser.set_defaults(command=prepare)


def prepare(arguments: argparse.Namespace) -> None:
    """Prints the number of images per split and label, and of duplicates within and across splits."""
    from training.data.duplicates import find_duplicates, write_summary

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
        print(f"Wrote {' and '.join(map(str, write_summary(splits, duplicates, arguments.facts)))}")
