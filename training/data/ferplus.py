"""FER+: ten annotators' votes for every image of FER2013 (Barsoum et al. 2016, https://arxiv.org/abs/1608.01041).

`fer2013new.csv` has one row per row of `fer2013.csv`, in the same order. Its eight expressions become the product's
seven: contempt is left out, as are images that most annotators called unknown or in which they saw no face.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from training.data.faces import LABELS, Faces
from training.errors import TrainingError

SOURCE = "https://github.com/microsoft/FERPlus"
COLUMNS = (
    "neutral",
    "happiness",
    "surprise",
    "sadness",
    "anger",
    "disgust",
    "fear",
    "contempt",
    "unknown",
    "NF",
)
COLUMN_OF_LABEL = {
    "angry": "anger",
    "disgust": "disgust",
    "fear": "fear",
    "happy": "happiness",
    "sad": "sadness",
    "surprise": "surprise",
    "neutral": "neutral",
}


def read_votes(path: Path) -> np.ndarray:
    """Reads all votes.

    Args:
        path: Path of `fer2013new.csv`.

    Returns:
        int64 array `(n, 10)`, columns as `COLUMNS`, rows as in `fer2013.csv`.

    Raises:
        TrainingError: If the file is missing or malformed; the message names the line.
    """
    try:
        with path.open(encoding="ascii", newline="") as file:
            reader = csv.reader(file)
            header = next(reader, [])
            if tuple(header[2:]) != COLUMNS:
                raise TrainingError(f"{path}: expected the columns Usage, Image name, {', '.join(COLUMNS)}.")
            return np.array([_parse_row(path, reader.line_num, row) for row in reader], np.int64)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TrainingError(
            f"{path} cannot be read ({error}). Give --votes FER+'s fer2013new.csv, downloaded from {SOURCE}."
        ) from error


def _parse_row(path: Path, line: int, row: list[str]) -> list[int]:
    votes = row[2:]
    if len(votes) != len(COLUMNS) or not all(vote.isdecimal() for vote in votes):
        raise TrainingError(
            f"{path}, line {line}: expected {len(COLUMNS)} whole numbers of votes. Received: {votes}."
        )
    return [int(vote) for vote in votes]


def majority_labels(faces: Faces, votes: np.ndarray) -> Faces:
    """Keeps the images with a majority label (Barsoum et al.'s majority voting).

    Single votes are dropped as noise. The strongest of all ten columns must then hold more than half of the remaining
    votes and be one of the seven labels.

    Args:
        faces: Images of FER2013, whose `rows` select their votes.
        votes: int array `(num_rows, 10)` of the whole file.

    Returns:
        The images kept, with their majority labels.

    Raises:
        TrainingError: If there are fewer votes than images.
    """
    own = _own_votes(faces, votes)
    best = own.argmax(1)
    agreed = own[np.arange(len(own)), best] * 2 > own.sum(1)
    label_of_column = np.full(len(COLUMNS), -1)
    label_of_column[_COLUMN_INDICES] = np.arange(len(LABELS))
    labels = label_of_column[best]
    keep = agreed & (labels >= 0)
    return Faces(faces.images[keep], labels[keep], faces.split, faces.rows[keep])


def soft_labels(faces: Faces, votes: np.ndarray, *, label_share: float = 0.0) -> Faces:
    """Keeps the images that most annotators gave one of the seven labels, with the vote shares as soft labels.

    Single votes are dropped as noise. The seven labels must then hold more than half of the remaining votes. Contempt,
    unknown and no face are left out, and the other shares are normalised (Barsoum et al.'s probability distribution
    labels, with seven of the eight expressions). `labels` are the strongest; of equals, the first.

    Args:
        faces: Images of FER2013, whose `rows` select their votes.
        votes: int array `(num_rows, 10)` of the whole file.
        label_share: Share of the faces' own labels in `soft`, in [0, 1]; the votes have the rest.

    Returns:
        The images kept, with `labels` and `soft`.

    Raises:
        TrainingError: If there are fewer votes than images.
    """
    own = _own_votes(faces, votes)
    named = own[:, _COLUMN_INDICES]
    keep = named.sum(1) * 2 > own.sum(1)
    named = named[keep]
    own_labels = np.eye(len(LABELS))[faces.labels[keep]]
    soft = (1 - label_share) * named / named.sum(1, keepdims=True) + label_share * own_labels
    return Faces(faces.images[keep], named.argmax(1), faces.split, faces.rows[keep], soft.astype(np.float32))


_COLUMN_INDICES = np.array([COLUMNS.index(COLUMN_OF_LABEL[label]) for label in LABELS])


def _own_votes(faces: Faces, votes: np.ndarray) -> np.ndarray:
    """Returns the votes `(n, 10)` for these images without single votes."""
    if len(faces.rows) and faces.rows.max() >= len(votes):
        raise TrainingError(
            f"The votes have {len(votes):,} rows, the images reach row {faces.rows.max() + 1:,}."
        )
    own = votes[faces.rows]
    return np.where(own > 1, own, 0)
