"""Reads labelled photos for the studies of detector and crop."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

PHOTOS = Path("../shared/data/photos-dev.zip")
LABEL_OF_FOLDER = {
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprise": "surprise",
    "neutral": "neutral",
}


@dataclass(frozen=True)
class Photo:
    """One photo of one labelled person.

    Attributes:
        rgb: uint8 `(height, width, 3)`.
        folder: The collection's own label.
    """

    rgb: np.ndarray
    folder: str

    @property
    def label(self) -> str | None:
        """Our label, or `None` if ours have no such expression (contempt)."""
        return LABEL_OF_FOLDER.get(self.folder)

    @property
    def is_portrait(self) -> bool:
        """Whether it is one of the tight grey 350 x 350 portraits; the others are mostly hard film stills."""
        return self.rgb.shape[:2] == (350, 350)


def read_photos(archive: Path = PHOTOS, every: int = 1) -> Iterator[Photo]:
    """Yields every n-th photo `<root>/<folder>/<name>` of a zip archive, one at a time."""
    with zipfile.ZipFile(archive) as photos:
        names = sorted(name for name in photos.namelist() if not name.endswith("/"))
        for name in names[::every]:
            rgb = cv2.imdecode(np.frombuffer(photos.read(name), np.uint8), cv2.IMREAD_COLOR_RGB)
            if rgb is None:
                raise ValueError(f"`archive` must hold only pictures. Received: {name} in {archive}")
            yield Photo(rgb, Path(name).parent.name)
