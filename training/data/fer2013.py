"""FER2013 in the forms in which it circulates (Goodfellow et al. 2013, https://arxiv.org/abs/1307.0414).

- the challenge's `fer2013.csv` (`emotion,pixels,Usage`), alone or inside its `.tar.gz`;
- the image folders `train/<label>/*` and `test/<label>/*` that Kaggle distributes, which merge the two test
  splits: their `test` cannot be told apart into PublicTest and PrivateTest, so it is read as `test`.
"""

from __future__ import annotations

import csv
import io
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import numpy as np

from training.config import IMAGE_SIZE, LABELS
from training.data.faces import Faces, decode_grey
from training.errors import TrainingError

OFFICIAL_COUNTS = {"Training": 28709, "PublicTest": 3589, "PrivateTest": 3589}
FOLDER_COUNTS = {"train": 28709, "test": 7178}
SOURCE = (
    "https://www.kaggle.com/c/challenges-in-representation-learning-facial-expression-recognition-challenge"
)
NUM_PIXELS = IMAGE_SIZE * IMAGE_SIZE
HEADER = ["emotion", "pixels", "Usage"]
IMAGE_SUFFIXES = {".jpg", ".jpeg", ".png"}


def read_fer2013(path: Path, *, allow_partial: bool = False) -> dict[str, Faces]:
    """Reads FER2013 from a csv, a `.tar.gz` that holds it, or image folders.

    Args:
        path: Path of `fer2013.csv`, of an archive with that file inside, or of a folder with `train/` and `test/`.
        allow_partial: Whether to accept fewer images per split than the official counts, as in a small sample.

    Returns:
        One `Faces` per split, in the source's order.

    Raises:
        TrainingError: If the file is missing, truncated or malformed; the message names the row and the reason.
    """
    if not path.exists():
        raise TrainingError(
            f"FER2013 not found: {path} does not exist. Give --data the challenge's fer2013.csv or .tar.gz, "
            f"or a folder with train/ and test/. It is downloaded from {SOURCE}."
        )
    try:
        splits = _read_folders(path) if path.is_dir() else _read_table(path)
    except (OSError, EOFError, tarfile.TarError, zlib.error, UnicodeDecodeError, csv.Error) as error:
        raise TrainingError(
            f"{path} cannot be read to its end ({error}): the file is damaged or truncated. Download it again."
        ) from error
    if not allow_partial:
        _check_counts(path, splits)
    return splits


def _read_table(path: Path) -> dict[str, Faces]:
    with _open_text(path) as text:
        images, labels, usages = [], [], []
        for label, pixels, usage in _parse_rows(path, text):
            images.append(pixels)
            labels.append(label)
            usages.append(usage)
    if not labels:
        raise TrainingError(f"{path} has a header but no rows: the file is truncated. Download it again.")
    all_images = np.frombuffer(b"".join(images), np.uint8).reshape(-1, IMAGE_SIZE, IMAGE_SIZE, 1)
    all_labels, all_usages = np.array(labels, np.int64), np.array(usages)
    return {
        split: Faces(all_images[rows], all_labels[rows], split, rows)
        for split in OFFICIAL_COUNTS
        if len(rows := np.flatnonzero(all_usages == split))
    }


@contextmanager
def _open_text(path: Path) -> Iterator[TextIO]:
    """Opens the csv file, or the one inside an archive without unpacking it to disk."""
    if not tarfile.is_tarfile(path):
        if path.suffix in {".gz", ".tgz", ".tar"}:
            raise TrainingError(
                f"{path} is not a readable tar archive: it is truncated or damaged. Download it again."
            )
        with path.open(encoding="ascii", newline="") as text:
            yield text
        return
    with tarfile.open(path) as archive:
        for member in archive:
            if member.isfile() and Path(member.name).name == "fer2013.csv":
                stream = archive.extractfile(member)
                if stream is not None:
                    yield io.TextIOWrapper(stream, encoding="ascii", newline="")
                    return
    raise TrainingError(f"{path} holds no fer2013.csv. Give the challenge's archive fer2013.tar.gz.")


def _parse_rows(path: Path, text: TextIO) -> Iterator[tuple[int, bytes, str]]:
    reader = csv.reader(text)
    header = next(reader, None)
    if header is None or [name.strip() for name in header] != HEADER:
        shown = "an empty file" if header is None else repr(",".join(header)[:60])
        raise TrainingError(f"{path}: the first line must be {','.join(HEADER)!r}. Received: {shown}.")
    for fields in reader:
        try:
            yield _parse_row(fields)
        except ValueError as error:
            raise TrainingError(
                f"{path}, line {reader.line_num}: {error}. Download the file again."
            ) from error


def _parse_row(fields: list[str]) -> tuple[int, bytes, str]:
    if len(fields) != len(HEADER):
        raise ValueError(f"expected 3 fields, received {len(fields)}: the row is truncated or malformed")
    label, pixels, usage = fields[0].strip(), fields[1].split(), fields[2].strip()
    if not label.isdecimal() or int(label) >= len(LABELS):
        raise ValueError(f"`emotion` must be 0..{len(LABELS) - 1}. Received: {label[:20]!r}")
    if usage not in OFFICIAL_COUNTS:
        raise ValueError(f"`Usage` must be one of {', '.join(OFFICIAL_COUNTS)}. Received: {usage[:20]!r}")
    if len(pixels) != NUM_PIXELS:
        raise ValueError(
            f"expected {NUM_PIXELS} pixels, received {len(pixels)}: the row is truncated or malformed"
        )
    try:
        return int(label), bytes(map(int, pixels)), usage
    except ValueError as error:
        raise ValueError(f"pixels must be whole numbers 0..255 ({error})") from error


def _read_folders(path: Path) -> dict[str, Faces]:
    missing = [split for split in FOLDER_COUNTS if not (path / split).is_dir()]
    if missing:
        raise TrainingError(
            f"{path} has no folder {' and no folder '.join(missing)}: expected train/ and test/."
        )
    return {split: _read_folder(path / split, split) for split in FOLDER_COUNTS}


def _read_folder(folder: Path, split: str) -> Faces:
    unknown = sorted(p.name for p in folder.iterdir() if p.is_dir() and p.name not in LABELS)
    if unknown:
        raise TrainingError(f"{folder}: unknown label folder {unknown[0]!r}. Expected: {', '.join(LABELS)}.")
    images, labels = [], []
    for index, label in enumerate(LABELS):
        files = sorted(p for p in (folder / label).glob("*") if p.suffix.lower() in IMAGE_SUFFIXES)
        if not files:
            raise TrainingError(f"{folder / label} holds no images: every label needs some.")
        for file in files:
            image = decode_grey(file.read_bytes()) if file.is_file() else None
            if image is None or image.shape != (IMAGE_SIZE, IMAGE_SIZE):
                found = (
                    "not a complete image" if image is None else f"{image.shape[1]} x {image.shape[0]} pixels"
                )
                raise TrainingError(f"{file}: expected a 48 x 48 image. Received: {found}.")
            images.append(image)
            labels.append(index)
    stacked = np.stack(images)[..., None]
    return Faces(stacked, np.array(labels, np.int64), split, np.arange(len(labels)))


def _check_counts(path: Path, splits: dict[str, Faces]) -> None:
    expected = FOLDER_COUNTS if path.is_dir() else OFFICIAL_COUNTS
    for split, count in expected.items():
        found = len(splits[split]) if split in splits else 0
        if found != count:
            raise TrainingError(
                f"{path}: split {split} has {found:,} images, the complete data set has {count:,}. "
                "The file is truncated or changed: download it again, or pass --allow-partial to use it as it is."
            )
