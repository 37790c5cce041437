"""Labelled photos, and what a classifier's answers to them are worth."""

from __future__ import annotations

import zipfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from webapp.errors import AppError
from webapp.inference import LABELS
from webapp.recognition.imaging import decode_image
from webapp.recognition.reader import FaceReader

LABEL_OF_FOLDER = {
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
    "happiness": "happy",
    "sadness": "sad",
    "surprise": "surprise",
    "neutral": "neutral",
}
MAX_PIXELS = 50_000_000


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
        """The app's label, or `None` if it has no such expression (contempt)."""
        return LABEL_OF_FOLDER.get(self.folder)

    @property
    def is_portrait(self) -> bool:
        """Whether it is one of the tight grey 350 x 350 portraits; the others are mostly hard film stills."""
        return self.rgb.shape[:2] == (350, 350)


@dataclass(frozen=True)
class Accuracy:
    """Shares of right labels, each 0..1.

    Attributes:
        overall: Accuracy.
        by_label: Recall of each label.
        balanced: Mean recall.
        without_disgust: Mean recall without disgust, whose photos come from one annotator and are doubtful.
    """

    overall: float
    by_label: dict[str, float]
    balanced: float
    without_disgust: float


def photo_names(archive: zipfile.ZipFile) -> list[str]:
    """Returns the names of an archive's photos, sorted."""
    return sorted(name for name in archive.namelist() if not name.endswith("/"))


def read_photos(archive: Path, every: int = 1) -> Iterator[Photo]:
    """Yields every n-th photo `<root>/<folder>/<name>` of a zip archive, one at a time."""
    with zipfile.ZipFile(archive) as photos:
        for name in photo_names(photos)[::every]:
            try:
                rgb = decode_image(photos.read(name), max_pixels=MAX_PIXELS)
            except AppError as error:
                raise ValueError(
                    f"`archive` must hold only pictures. Received: {name} in {archive}"
                ) from error
            yield Photo(rgb, Path(name).parent.name)


def label_largest(reader: FaceReader, data: bytes) -> tuple[str | None, int]:
    """Returns the label of an encoded photo's largest face, `None` without a face, and the degrees it was turned by."""
    found, _ = reader.find(data)
    (probs,) = reader.classify([found])
    return (LABELS[int(probs[0].argmax())] if len(probs) else None), found.turned


def measure_accuracy(pairs: Sequence[tuple[str, str | None]]) -> Accuracy:
    """Compares labels.

    Args:
        pairs: For each photo the true label and the one read of the largest face, `None` without a face.
    """
    by_label = recalls(pairs)
    return Accuracy(
        overall=float(np.mean([true == read for true, read in pairs])),
        by_label=by_label,
        balanced=float(np.mean(list(by_label.values()))),
        without_disgust=float(np.mean([share for label, share in by_label.items() if label != "disgust"])),
    )


def recalls(pairs: Sequence[tuple[str, str | None]]) -> dict[str, float]:
    """Returns for each true label the share of its photos that were read right, 0..1; see `measure_accuracy`."""
    hits = defaultdict(list)
    for true, read in pairs:
        hits[true].append(true == read)
    return {label: float(np.mean(hits[label])) for label in LABELS if label in hits}
