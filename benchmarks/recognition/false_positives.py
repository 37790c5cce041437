"""What a doubtful detection must pass to count as a face of a photo.

    python -m benchmarks.recognition.false_positives [--photos photos-dev.zip]

A photo without a certain face is also searched from its other three sides, which gives spoons, clocks and cats four
chances to be faces. Each rule is tried on all of photos-dev, upright and lying, and on scikit-image's images without
people, plain and mirrored, from all sides.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.common.data import PHOTOS, sample_image
from benchmarks.recognition.photos import read_photos
from webapp.recognition.detection.blazeface import load_detector
from webapp.recognition.detection.face import FaceDetector
from webapp.recognition.pipeline import CERTAIN_SCORE, confirm_faces
from webapp.recognition.reader import TURNED_SCORE, choose_rotation, turn_quarters
from webapp.settings import Settings

WITHOUT_PEOPLE = (
    "brick", "cat", "cell", "chelsea", "clock", "coffee", "coins", "colorwheel", "grass", "gravel", "horse",
    "hubble_deep_field", "immunohistochemistry", "logo", "microaneurysms", "moon", "page", "retina", "rocket", "text",
)  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """A detection.

    Attributes:
        score: The detector's confidence, 0..1.
        found_again: Whether a closer look finds it again.
    """

    score: float
    found_again: bool

    @property
    def is_confirmed(self) -> bool:
        """Whether it is certain, or a closer look finds it again."""
        return self.score >= CERTAIN_SCORE or self.found_again


View = tuple[Candidate, ...]
Views = tuple[View, View, View, View]
"""Detections in an image turned clockwise by 0, 1, 2 and 3 quarters."""


@dataclass(frozen=True)
class Rule:
    """Which detections count as faces.

    Attributes:
        turned_score: Minimum score of a face that only another side shows.
        confirm_turned: Whether such a face, if doubtful, needs a closer look instead.
        confirm_all: Whether every doubtful face needs a closer look.
        confirm_others: Whether a doubtful face needs a closer look where another one is certain.
    """

    turned_score: float = 0.0
    confirm_turned: bool = False
    confirm_all: bool = False
    confirm_others: bool = True


RULES = {
    "every face counts": Rule(confirm_others=False),
    "doubtful beside certain: a closer look": Rule(),
    "the same, and on another side alone: a closer look": Rule(confirm_turned=True),
    "the same, and on another side alone: 0.75": Rule(turned_score=0.75),
    f"**the same, and on another side alone: {TURNED_SCORE}**": Rule(turned_score=TURNED_SCORE),
    "the same, and on another side alone: 0.85": Rule(turned_score=0.85),
    "every doubtful face: a closer look": Rule(confirm_all=True),
}


def apply_rule(views: Views, rule: Rule) -> tuple[View, int]:
    """Returns the faces that count, and the quarters by which the image is turned, decided by the app's functions."""

    def counted(quarters: int) -> View:
        only_turned = quarters > 0 and not views[0]
        if rule.confirm_all or (rule.confirm_turned and only_turned):
            return tuple(candidate for candidate in views[quarters] if candidate.is_confirmed)
        return views[quarters]

    def highest(quarters: int) -> float:
        return max((candidate.score for candidate in counted(quarters)), default=0.0)

    turned = choose_rotation(highest, turned_score=rule.turned_score)
    best = counted(turned)
    if rule.confirm_others:
        scores = [candidate.score for candidate in best]
        best = tuple(best[index] for index in confirm_faces(scores, lambda index: best[index].found_again))
    return best, turned


def _detect_around(detector: FaceDetector, rgb: np.ndarray) -> Views:
    views = []
    for quarters in range(4):
        view = turn_quarters(rgb, quarters)
        views.append(
            tuple(
                Candidate(face.score, detector.follow(view, [face]) is not None)
                for face in detector.detect(view)
            )
        )
    return tuple(views)  # type: ignore[return-value]


def _turned_before(views: Views, quarters: int) -> Views:
    """Returns the views of the same image, turned clockwise to begin with."""
    return tuple(views[(quarters + more) % 4] for more in range(4))  # type: ignore[return-value]


def _images_without_people() -> list[np.ndarray]:
    images = []
    for name in WITHOUT_PEOPLE:
        image = sample_image(name)
        levels = image if image.dtype == np.uint8 else (255.0 * image / max(image.max(), 1)).astype(np.uint8)
        rgb = cv2.cvtColor(levels, cv2.COLOR_GRAY2RGB) if levels.ndim == 2 else levels[..., :3]
        images += [np.ascontiguousarray(rgb), np.ascontiguousarray(rgb[:, ::-1])]
    return images


def measure(photos: Sequence[Views], empty: Sequence[Views], rule: Rule) -> list[str]:
    """Returns a rule's row of the table."""
    upright = [apply_rule(views, rule) for views in photos]
    lying = [
        apply_rule(_turned_before(views, side), rule)[1] == (4 - side) % 4
        for side in (1, 2, 3)
        for views in photos
    ]
    false_positives = [
        len(apply_rule(_turned_before(views, side), rule)[0]) for side in range(4) for views in empty
    ]
    return [
        f"{100 * np.mean([bool(faces) for faces, _ in upright]):.1f}",
        f"{100 * np.mean([turned == 0 for _, turned in upright]):.1f}",
        f"{100 * np.mean(lying):.1f}",
        f"{100 * np.mean(false_positives[: len(empty)]):.0f}",
        f"{100 * np.mean(false_positives):.0f}",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    PHOTOS.add_option(parser)
    archive = PHOTOS.find(parser.parse_args().photos)
    cv2.setNumThreads(1)
    detector = load_detector(Settings.from_env({}))
    photos = [_detect_around(detector, photo.rgb) for photo in read_photos(archive)]
    empty = [_detect_around(detector, image) for image in _images_without_people()]
    print(f"{len(photos)} photos of people, {len(empty)} images without.\n")
    print(
        "| rule | faces found, % | upright, left so, % | lying, put right, % "
        "| false positives per 100 images, upright | from all sides |"
    )
    print("|---|---|---|---|---|---|")
    for name, rule in RULES.items():
        print(f"| {name} | {' | '.join(measure(photos, empty, rule))} |")


if __name__ == "__main__":
    main()
