"""Counts and duplicates of FER2013 as small files: what a report says of the data, without the data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from training.data.duplicates import Duplicates
from training.data.faces import Faces
from training.errors import TrainingError
from training.files import replace_text

SUMMARY, DUPLICATES = "fer2013.json", "fer2013-duplicates.csv"


def write_summary(splits: Mapping[str, Faces], duplicates: Duplicates, out_dir: Path) -> tuple[Path, Path]:
    """Writes counts per split and label, and every group of identical images by row of the source.

    Returns:
        The paths of both files.

    Raises:
        TrainingError: If they cannot be written.
    """
    summary = {
        "counts": {name: faces.counts() for name, faces in splits.items()},
        "duplicates": {
            "images": duplicates.num_images(),
            "groups": len(duplicates.groups),
            "conflicting": duplicates.num_conflicting(),
            "across": [
                {"of": name, "also_in": other, "images": len(duplicates.across(name, other))}
                for name in splits
                for other in splits
                if name != other
            ],
        },
    }
    lines = ["group,split,row,labels_differ"]
    for number, group in enumerate(duplicates.groups, start=1):
        differ = int(len({label for _, _, label in group}) > 1)
        lines += [f"{number},{name},{splits[name].rows[index]},{differ}" for name, index, _ in group]
    paths = out_dir / SUMMARY, out_dir / DUPLICATES
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
        replace_text(paths[0], json.dumps(summary, indent=1) + "\n")
        replace_text(paths[1], "\n".join(lines) + "\n")
    except OSError as error:
        raise TrainingError(f"{out_dir} could not be written ({error.strerror or error}).") from error
    return paths
