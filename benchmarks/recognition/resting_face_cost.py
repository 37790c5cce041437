"""What a resting face costs a frame on the server's event loop; prints a Markdown table.

    python -m benchmarks.recognition.resting_face_cost

Processor time of `Session.update` and of the acknowledgement as the wire has it, one and two faces: the best of
rounds that take turns, since other work on the machine only adds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from webapp.core.geometry import Box
from webapp.core.label_state import LabelThresholds
from webapp.core.resting_face import RestingFace, RestingRule
from webapp.inference import LABELS
from webapp.live.sessions import Session
from webapp.recognition.detection.face import Face
from webapp.recognition.pipeline import Analysis

ROUNDS, FRAMES = 60, 200
RULE = RestingRule(1.0, tuple(0.0 if label == "neutral" else -1.5 for label in LABELS), 1e-4, 2.0, (3, 6))
PROBS = np.array([0.02, 0.02, 0.02, 0.2, 0.02, 0.02, 0.7], np.float32)


def frames_of(num_faces: int, resting: RestingFace | None) -> Callable[[], float]:
    """Returns a function that reads `FRAMES` frames and returns the microseconds that each took."""
    session = Session(LabelThresholds(LABELS, 0.5, 0.3, 1.5), resting=resting)
    faces = tuple(Face(Box(150.0 * number, 0, 100, 100), 0.9) for number in range(num_faces))
    analysis = Analysis(640, 480, faces, np.tile(PROBS, (num_faces, 1)), (), {})
    frame = 0

    def read() -> float:
        nonlocal frame
        started_s = time.process_time()
        for _ in range(FRAMES):
            frame += 1
            for face in session.update(analysis, now_s=0.05 * frame).faces:
                face.as_dict()
        return (time.process_time() - started_s) / FRAMES * 1e6

    return read


def main() -> None:
    resting = RestingFace([0.01] * 6 + [0.94], RULE)
    print("| faces | without, µs a frame | with a resting face, µs a frame |\n|---|---|---|")
    for num_faces in (1, 2):
        pair = frames_of(num_faces, None), frames_of(num_faces, resting)
        times = np.array([[read() for read in pair] for _ in range(ROUNDS)])
        without, with_it = times.min(axis=0)
        print(f"| {num_faces} | {without:.0f} | {with_it:.0f} |")


if __name__ == "__main__":
    main()
