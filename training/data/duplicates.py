"""Exact duplicates within and across splits. FER2013 has both, some with different labels."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.data.faces import Faces
from training.errors import TrainingError
from training.files import replace_text

SUMMARY, DUPLICATES = "fer2013.json", "fer2013-duplicates.csv"


@dataclass(frozen=True)
class Duplicates:
    """Groups of pixel-identical images.

    Attributes:
        groups: Members of each group, at least two, as `(split, index in split, label)`.
    """

    groups: tuple[tuple[tuple[str, int, int], ...], ...]

    def num_images(self) -> int:
        """Returns the number of images with at least one duplicate."""
        return sum(len(group) for group in self.groups)

    def num_conflicting(self) -> int:
        """Returns the number of groups that carry more than one label."""
        return sum(len({label for _, _, label in group}) > 1 for group in self.groups)

    def across(self, split: str, other: str) -> np.ndarray:
        """Returns the sorted indices in `split` of the images that `other` holds too."""
        found = {
            index
            for group in self.groups
            if any(name == other for name, _, _ in group)
            for name, index, _ in group
            if name == split
        }
        return np.array(sorted(found), np.int64)

    def within(self, split: str) -> int:
        """Returns the number of images of `split` that repeat an earlier one of the same split."""
        return sum(max(0, sum(name == split for name, _, _ in group) - 1) for group in self.groups)


def find_duplicates(splits: Mapping[str, Faces]) -> Duplicates:
    """Finds pixel-identical images within and across splits."""
    members: dict[bytes, list[tuple[str, int, int]]] = defaultdict(list)
    for name, faces in splits.items():
        for index, (image, label) in enumerate(zip(faces.images, faces.labels, strict=True)):
            members[image.tobytes()].append((name, index, int(label)))
    return Duplicates(tuple(tuple(group) for group in members.values() if len(group) > 1))


def duplicated(splits: Mapping[str, Faces], name: str) -> np.ndarray:
    """Returns a bool array `(n,)` that marks the images of split `name` that another split holds too."""
    found = find_duplicates(splits)
    mask = np.zeros(len(splits[name]), bool)
    for other in splits.keys() - {name}:
        mask[found.across(name, other)] = True
    return mask


def write_summary(splits: Mapping[str, Faces], duplicates: Duplicates, out_dir: Path) -> tuple[Path, Path]:
    """Writes what the report says of FER2013 without its images: counts per split and label, and all duplicates.

    Args:
        splits: FER2013's splits.
        duplicates: Duplicates in them.
        out_dir: Folder of the files; created if missing.

    Returns:
        Paths of the JSON file with the counts and of the CSV file that lists the duplicates by row of the source.

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
