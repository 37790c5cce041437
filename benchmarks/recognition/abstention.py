"""How many labelled photos get a label, and how often it is right, by the threshold; prints a Markdown table.

    python -m benchmarks.recognition.abstention models/NAME [--photos ../shared/data/photos-dev.zip]

Each photo by itself, without smoothing: its largest face, cut by the model's card. Neutral faces have columns
of their own: a model that finds rare expressions calls some of them something else.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.common.data import PHOTOS
from benchmarks.recognition.crops import find_faces
from benchmarks.recognition.photos import read_photos
from webapp.core.label_state import Hysteresis, update_label
from webapp.inference import LABELS, load_classifier
from webapp.recognition.crop import cut_faces
from webapp.recognition.reader import classify_in_batches

THRESHOLDS = (0.4, 0.5, 0.6, 0.7)


@dataclass(frozen=True)
class Abstention:
    """What a threshold does to the labels of photos; shares, 0..1.

    Attributes:
        coverage: Photos that get a sure label, of all.
        accuracy: Right labels, of the sure ones.
        neutral: Neutral photos that are labelled neutral, of all neutral ones.
        other: Neutral photos that are labelled otherwise, of all neutral ones.
    """

    coverage: float
    accuracy: float
    neutral: float
    other: float


def measure_abstention(probs: np.ndarray, wanted: np.ndarray, sure_from: float) -> Abstention:
    """Labels each face as the app labels a photo's, and compares.

    Args:
        probs: float array `(n, num_labels)`.
        wanted: int array `(n,)`, indices of the true labels.
        sure_from: Minimum probability for a label to be sure, 0..1.
    """
    hysteresis = Hysteresis(sure_from, sure_from, margin=0.0)
    states = [update_label(None, row, hysteresis) for row in probs]
    sure = np.array([state.sure for state in states])
    right = np.array([state.label for state in states]) == wanted
    neutral = wanted == LABELS.index("neutral")
    return Abstention(
        coverage=float(sure.mean()),
        accuracy=float(right[sure].mean()),
        neutral=float((sure & right)[neutral].mean()),
        other=float((sure & ~right)[neutral].mean()),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model_dir", type=Path)
    PHOTOS.add_option(parser)
    options = parser.parse_args()
    archive = PHOTOS.find(options.photos)
    cv2.setNumThreads(1)
    pairs = find_faces(list(read_photos(archive)))
    classifier = load_classifier(options.model_dir, threads=1)
    crops = np.concatenate([cut_faces(photo.rgb, [face], classifier.card.crop) for photo, face in pairs])
    probs = classify_in_batches(classifier.classify, crops)
    classifier.close()
    wanted = np.array([LABELS.index(photo.label) for photo, _ in pairs if photo.label is not None])
    print(f"{options.model_dir.name}, {len(pairs)} photos, percent\n")
    print(
        "| sure from | coverage | accuracy of sure labels | neutral: labelled neutral | labelled otherwise | unsure |\n"
        "|---|---|---|---|---|---|"
    )
    for sure_from in THRESHOLDS:
        found = measure_abstention(probs, wanted, sure_from)
        unsure = 1 - found.neutral - found.other
        shares = (found.coverage, found.accuracy, found.neutral, found.other, unsure)
        print(f"| {sure_from} | " + " | ".join(f"{100 * share:.0f}" for share in shares) + " |")


if __name__ == "__main__":
    main()
