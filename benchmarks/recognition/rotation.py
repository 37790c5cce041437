"""When to search a photo from its other sides: `python -m benchmarks.recognition.rotation [--photos photos-dev.zip]`.

Sideways faces are often found too, with a lower score and with eyes in the wrong place. Each photo of photos-dev is
searched from all four sides. The app's rule, `choose_rotation`, with other constants, is then applied to it upright,
which must leave it as it is, and to each other side, which must turn it upright.
"""

from __future__ import annotations

import argparse
from functools import partial

import numpy as np

from benchmarks.common.data import PHOTOS
from benchmarks.recognition.photos import read_photos
from webapp.recognition.detection.blazeface import load_detector
from webapp.recognition.reader import choose_rotation, top_score, turn_quarters
from webapp.settings import Settings

CERTAIN = (0.01, 0.7, 0.8, 0.85, 0.9, 0.95, 1.01)
LEADS = (0.0, 0.05, 0.1)


def rotations(scores: np.ndarray, certain: float, lead: float) -> np.ndarray:
    """Returns the quarter turns that the app's rule chooses, whatever the score of a side that alone shows a face.

    Args:
        scores: float array `(n, 4)`: highest score of each photo as it is and turned clockwise by 1, 2 and 3 quarters.
        certain: Score from which a face is certain.
        lead: Minimum advantage of another side.

    Returns:
        int array `(n,)`, quarters clockwise.
    """
    choose = partial(choose_rotation, certain_score=certain, lead=lead, turned_score=0.0)
    return np.array([choose(row.__getitem__) for row in scores])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    PHOTOS.add_option(parser)
    archive = PHOTOS.find(parser.parse_args().photos)
    detector = load_detector(Settings.from_env({}))
    scores = np.array(
        [
            [top_score(detector.detect(turn_quarters(photo.rgb, quarters))) for quarters in range(4)]
            for photo in read_photos(archive)
        ]
    )
    print(f"{len(scores)} photos; a face found: " + ", ".join(
        f"{100 * share:.1f} % turned by {90 * quarters}" for quarters, share in enumerate((scores > 0).mean(0))
    ))  # fmt: skip
    print("\n| certain | lead | upright, left so, % | other sides, put right, % | looked at again, % |")
    print("|---|---|---|---|---|")
    for certain in CERTAIN:
        for lead in LEADS:
            kept = (rotations(scores, certain, lead) == 0).mean()
            righted = [
                (rotations(np.roll(scores, -side, 1), certain, lead) == 4 - side).mean() for side in (1, 2, 3)
            ]
            again = (scores[:, 0] < certain).mean()
            print(
                f"| {certain} | {lead} | {100 * kept:.1f} | {100 * np.mean(righted):.1f} | {100 * again:.1f} |"
            )


if __name__ == "__main__":
    main()
