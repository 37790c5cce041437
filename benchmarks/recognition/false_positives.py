"""What it takes for something doubtful to count as a face of a photo: `python -m benchmarks.recognition.false_positives`.

A photo without a certain face is also looked at from its other three sides, which gives spoons, clocks and cats four
chances to be faces. Each rule is tried on all of photos-dev, upright and lying, and on scikit-image's pictures without
people, plain and mirrored, from all sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from skimage import data

from benchmarks.recognition.photos import read_photos
from webapp.recognition.detection.blazeface import load_detector
from webapp.recognition.detection.face import FaceDetector
from webapp.recognition.pipeline import CERTAIN_SCORE
from webapp.recognition.reader import LEAD
from webapp.settings import Settings

WITHOUT_PEOPLE = (
    "brick", "cat", "cell", "chelsea", "clock", "coffee", "coins", "colorwheel", "grass", "gravel", "horse",
    "hubble_deep_field", "immunohistochemistry", "logo", "microaneurysms", "moon", "page", "retina", "rocket", "text",
)  # fmt: skip
SIDES = (0, 1, 3, 2)
"""The order in which a photo is looked at: quarters clockwise."""


@dataclass(frozen=True)
class Candidate:
    """What the detector takes for a face.

    Attributes:
        score: 0..1.
        stands: Whether a closer look finds it again.
    """

    score: float
    stands: bool

    @property
    def is_certain(self) -> bool:
        """Whether no closer look is needed."""
        return self.score >= CERTAIN_SCORE


View = tuple[Candidate, ...]
Views = tuple[View, View, View, View]
"""Of a picture turned clockwise by 0, 1, 2 and 3 quarters."""


@dataclass(frozen=True)
class Rule:
    """What counts.

    Attributes:
        turned_score: From which a face counts that only another side shows.
        turned_stands: Whether it must stand a closer look instead, if it is not certain.
        all_stand: Whether every doubtful face must.
        beside_stand: Whether a doubtful one beside a certain one must.
    """

    turned_score: float = 0.0
    turned_stands: bool = False
    all_stand: bool = False
    beside_stand: bool = True


RULES = {
    "every face counts": Rule(beside_stand=False),
    "doubtful beside certain: a closer look": Rule(),
    "the same, and on another side alone: a closer look": Rule(turned_stands=True),
    "the same, and on another side alone: 0.75": Rule(turned_score=0.75),
    "**the same, and on another side alone: 0.8**": Rule(turned_score=0.8),
    "the same, and on another side alone: 0.85": Rule(turned_score=0.85),
    "every doubtful face: a closer look": Rule(all_stand=True),
}


def look_around(views: Views, rule: Rule) -> tuple[View, int]:
    """Returns the faces that count, and by how many quarters the picture is turned; as `FaceReader` does it."""
    if rule.all_stand:
        views = tuple(tuple(c for c in view if c.is_certain or c.stands) for view in views)  # type: ignore[assignment]
    best, turned, least = views[0], 0, _top(views[0])
    if least < CERTAIN_SCORE:
        least = least + LEAD if views[0] else rule.turned_score
        for quarters in SIDES[1:]:
            view = views[quarters]
            if rule.turned_stands and not views[0]:
                view = tuple(c for c in view if c.is_certain or c.stands)
            if _top(view) > least:
                best, turned, least = view, quarters, _top(view)
    if rule.beside_stand and _top(best) >= CERTAIN_SCORE:
        best = tuple(c for c in best if c.is_certain or c.stands)
    return best, turned


def _top(view: View) -> float:
    return max((candidate.score for candidate in view), default=0.0)


def _views(detector: FaceDetector, rgb: np.ndarray) -> Views:
    views = []
    for quarters in range(4):
        view = np.ascontiguousarray(np.rot90(rgb, -quarters))
        views.append(
            tuple(
                Candidate(face.score, detector.follow(view, [face]) is not None)
                for face in detector.detect(view)
            )
        )
    return tuple(views)  # type: ignore[return-value]


def _held(views: Views, quarters: int) -> Views:
    """The same picture, turned clockwise to begin with."""
    return tuple(views[(quarters + more) % 4] for more in range(4))  # type: ignore[return-value]


def _pictures_without_people() -> list[np.ndarray]:
    pictures = []
    for name in WITHOUT_PEOPLE:
        image = np.asarray(getattr(data, name)())
        levels = image if image.dtype == np.uint8 else (255.0 * image / max(image.max(), 1)).astype(np.uint8)
        rgb = cv2.cvtColor(levels, cv2.COLOR_GRAY2RGB) if levels.ndim == 2 else levels[..., :3]
        pictures += [np.ascontiguousarray(rgb), np.ascontiguousarray(rgb[:, ::-1])]
    return pictures


def measure(photos: Sequence[Views], empty: Sequence[Views], rule: Rule) -> list[str]:
    """Returns a rule's row of the table."""
    upright = [look_around(views, rule) for views in photos]
    lying = [
        look_around(_held(views, side), rule)[1] == (4 - side) % 4 for side in (1, 2, 3) for views in photos
    ]
    phantoms = [len(look_around(_held(views, side), rule)[0]) for side in range(4) for views in empty]
    plain = phantoms[: len(empty)]
    return [
        f"{100 * np.mean([bool(faces) for faces, _ in upright]):.1f}",
        f"{100 * np.mean([turned == 0 for _, turned in upright]):.1f}",
        f"{100 * np.mean(lying):.1f}",
        f"{100 * np.mean(plain):.0f}",
        f"{100 * np.mean(phantoms):.0f}",
    ]


def main() -> None:
    cv2.setNumThreads(1)
    detector = load_detector(Settings.from_env({}))
    photos = [_views(detector, photo.rgb) for photo in read_photos()]
    empty = [_views(detector, picture) for picture in _pictures_without_people()]
    print(f"{len(photos)} photos of people, {len(empty)} pictures without.\n")
    print(
        "| rule | faces found, % | upright, left so, % | lying, put right, % "
        "| phantoms per 100 pictures, upright | from all sides |"
    )
    print("|---|---|---|---|---|---|")
    for name, rule in RULES.items():
        print(f"| {name} | {' | '.join(measure(photos, empty, rule))} |")


if __name__ == "__main__":
    main()
