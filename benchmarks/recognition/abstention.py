"""What is said, and what is left unsure, of labelled photos, by where doubt begins; prints a Markdown table.

    python -m benchmarks.recognition.abstention models/NAME [--photos ../shared/data/photos-dev.zip]

Each photo for itself, without smoothing: its largest face, cut by the model's card. Neutral faces have columns
of their own: a model that finds rare expressions is one that calls some of them something else.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.recognition.crops import CHUNK, find_faces
from benchmarks.recognition.photos import PHOTOS, read_photos
from webapp.inference import LABELS, load_classifier
from webapp.recognition.crop import cut_faces

THRESHOLDS = (0.4, 0.5, 0.6, 0.7)


@dataclass(frozen=True)
class Said:
    """What is said where doubt ends at one probability; shares, 0..1.

    Attributes:
        sure: Of all photos, those that get a label.
        right: Of those, the ones whose label is right.
        neutral: Of the neutral photos, those called neutral.
        other: Of the neutral photos, those called something else.
    """

    sure: float
    right: float
    neutral: float
    other: float


def what_is_said(probs: np.ndarray, wanted: np.ndarray, sure_from: float) -> Said:
    """Counts what is said.

    Args:
        probs: float array `(n, num_labels)`.
        wanted: int array `(n,)`, indices of the true labels.
        sure_from: 0..1.
    """
    sure, right = probs.max(axis=1) >= sure_from, probs.argmax(axis=1) == wanted
    neutral = wanted == LABELS.index("neutral")
    return Said(
        sure=float(sure.mean()),
        right=float(right[sure].mean()),
        neutral=float((sure & right)[neutral].mean()),
        other=float((sure & ~right)[neutral].mean()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model_dir", type=Path)
    parser.add_argument("--photos", type=Path, default=PHOTOS)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    pairs = find_faces(list(read_photos(options.photos)))
    classifier = load_classifier(options.model_dir, threads=1)
    crops = np.concatenate([cut_faces(photo.rgb, [face], classifier.card.crop) for photo, face in pairs])
    probs = np.concatenate(
        [classifier.classify(crops[at : at + CHUNK]) for at in range(0, len(crops), CHUNK)]
    )
    classifier.close()
    wanted = np.array([LABELS.index(photo.label) for photo, _ in pairs if photo.label is not None])
    print(f"{options.model_dir.name}, {len(pairs)} photos, percent\n")
    print(
        "| sure from | sure | right when sure | neutral: said neutral | something else | unsure |\n"
        "|---|---|---|---|---|---|"
    )
    for sure_from in THRESHOLDS:
        said = what_is_said(probs, wanted, sure_from)
        shares = (said.sure, said.right, said.neutral, said.other, 1 - said.neutral - said.other)
        print(f"| {sure_from} | " + " | ".join(f"{100 * share:.0f}" for share in shares) + " |")


if __name__ == "__main__":
    main()
