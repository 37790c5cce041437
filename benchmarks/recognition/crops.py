"""Which crop suits a model: tries crop rules on labelled photos; prints a Markdown table, best first.

    python -m benchmarks.recognition.crops models/NAME [--photos ../shared/data/photos-dev.zip] [--record]

The app's detector finds the faces, and the app's own function cuts them; the largest face of each photo counts.
Balanced accuracy is the mean recall over labels. The photos of disgust come from one annotator and are doubtful:
the table is ordered by the balanced accuracy without them. `--record` writes the first row's rule into the model's
card.
"""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.common.data import PHOTOS
from benchmarks.recognition.photos import Accuracy, Photo, measure_accuracy, read_photos
from benchmarks.training.cards import record
from webapp.inference import LABELS, CropRule, load_classifier
from webapp.recognition.crop import cut_faces
from webapp.recognition.detection.blazeface import BlazeFaceDetector
from webapp.recognition.detection.face import Face
from webapp.recognition.reader import classify_in_batches

SQUARE_MARGINS = (-0.1, 0.0, 0.1, 0.15, 0.2, 0.25, 0.3)
SQUARE_RISES = (0.0, 0.08)
EYES_MARGINS = (0.0, 0.05, 0.1, 0.15, 0.2)


@dataclass(frozen=True)
class Score:
    """A crop rule and the accuracy of the model with it."""

    rule: CropRule
    accuracy: Accuracy


def make_rules() -> list[CropRule]:
    """Returns the rules that are compared."""
    squares = itertools.product(SQUARE_MARGINS, SQUARE_RISES, (False, True))
    eyes = itertools.product(EYES_MARGINS, (False, True))
    return [
        *(CropRule("square", margin, align, rise) for margin, rise, align in squares),
        *(CropRule("eyes", margin, align) for margin, align in eyes),
    ]


def find_faces(photos: Sequence[Photo]) -> list[tuple[Photo, Face]]:
    """Returns the photos that have one of the app's labels and a face, with their largest face."""
    detector = BlazeFaceDetector()
    pairs = [(photo, detector.detect(photo.rgb)) for photo in photos if photo.label is not None]
    return [(photo, faces[0]) for photo, faces in pairs if faces]


def score(
    rule: CropRule, pairs: Sequence[tuple[Photo, Face]], classify: Callable[[np.ndarray], np.ndarray]
) -> Score:
    """Cuts every face by a rule and compares the model's answers with the labels."""
    crops = np.concatenate([cut_faces(photo.rgb, [face], rule) for photo, face in pairs])
    found = classify_in_batches(classify, crops).argmax(axis=1)
    wanted = [photo.label for photo, _ in pairs if photo.label is not None]
    return Score(rule, measure_accuracy([(w, LABELS[f]) for w, f in zip(wanted, found, strict=True)]))


def as_row(result: Score) -> str:
    """Returns one row of the table."""
    rule, accuracy = result.rule, result.accuracy
    return (
        f"| {rule.shape} | {100 * rule.margin:+.0f} % | {100 * rule.rise:.0f} % | {'yes' if rule.align else 'no'} "
        f"| {100 * accuracy.without_disgust:.1f} | {100 * accuracy.balanced:.1f} | {100 * accuracy.overall:.1f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model_dir", type=Path)
    PHOTOS.add_option(parser)
    parser.add_argument("--every", type=int, default=1, help="use every n-th photo")
    parser.add_argument("--record", action="store_true", help="write the best rule into the model's card")
    options = parser.parse_args()
    archive = PHOTOS.find(options.photos)
    cv2.setNumThreads(1)
    photos = list(read_photos(archive, options.every))
    skipped = Counter(photo.folder for photo in photos if photo.label is None)
    pairs = find_faces(photos)
    counts = Counter(photo.label for photo, _ in pairs)
    print(f"{len(pairs)} faces in {len(photos)} photos: {', '.join(f'{k} {n}' for k, n in counts.items())}.")
    print(
        f"Skipped, not a label of the app: {', '.join(f'{k} {n}' for k, n in skipped.items()) or 'none'}.\n"
    )
    classifier = load_classifier(options.model_dir, threads=1)
    results = [score(rule, pairs, classifier.classify) for rule in make_rules()]
    classifier.close()
    print(
        "| shape | margin | rise | eyes level | balanced accuracy without disgust, % | with, % | accuracy, % |"
    )
    print("|---|---|---|---|---|---|---|")
    results.sort(key=lambda result: -result.accuracy.without_disgust)
    for result in results:
        print(as_row(result))
    if options.record:
        record(options.model_dir, "crop", asdict(results[0].rule))
    print(f"\nThe card's rule {'was' if options.record else 'is'} {classifier.card.crop}")


if __name__ == "__main__":
    main()
