"""When to look at a photo from its other sides: `python -m benchmarks.recognition.rotation`.

Sideways faces are often found too, with a lower score and with eyes in the wrong place. Each photo of photos-dev is
looked at from all four sides. A rule then gets it upright (it must not turn it) and from each other side (it must).
A photo is turned if its best score is below `certain` and another side's is higher by at least `lead`.
"""

from __future__ import annotations

import numpy as np

from benchmarks.recognition.photos import read_photos
from webapp.recognition.detection.blazeface import load_detector
from webapp.settings import Settings

CERTAIN = (0.01, 0.7, 0.8, 0.85, 0.9, 0.95, 1.01)
LEADS = (0.0, 0.05, 0.1)


def turns_made(scores: np.ndarray, certain: float, lead: float) -> np.ndarray:
    """Returns for rows of four sides' scores, the given side first, by how many quarters each is turned."""
    best = scores.argmax(1)
    turn = (scores[:, 0] < certain) & (scores.max(1) > 0) & (scores.max(1) - scores[:, 0] >= lead)
    return np.where(turn, best, 0)


def main() -> None:
    detector = load_detector(Settings.from_env({}))
    rows = []
    for photo in read_photos():
        views = [np.ascontiguousarray(np.rot90(photo.rgb, quarters)) for quarters in range(4)]
        rows.append([max((face.score for face in detector.detect(view)), default=0.0) for view in views])
    scores = np.array(rows)
    print(f"{len(scores)} photos; a face found: " + ", ".join(
        f"{100 * share:.1f} % turned by {90 * quarters}" for quarters, share in enumerate((scores > 0).mean(0))
    ))  # fmt: skip
    print("\n| certain | lead | upright, left so, % | other sides, put right, % | looked at again, % |")
    print("|---|---|---|---|---|")
    for certain in CERTAIN:
        for lead in LEADS:
            kept = (turns_made(scores, certain, lead) == 0).mean()
            righted = [
                (turns_made(np.roll(scores, -side, 1), certain, lead) == 4 - side).mean()
                for side in (1, 2, 3)
            ]
            again = (scores[:, 0] < certain).mean()
            print(
                f"| {certain} | {lead} | {100 * kept:.1f} | {100 * np.mean(righted):.1f} | {100 * again:.1f} |"
            )


if __name__ == "__main__":
    main()
