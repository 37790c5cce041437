"""Why a label: where in one face of one picture the model saw what speaks for it. Nothing is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from webapp.concurrency.native_threads import NativeThreadPool, native_threading
from webapp.core.geometry import Box, iou
from webapp.errors import NoFace, ServerBusy
from webapp.inference import Classifier
from webapp.photos.reading import Found, PhotoReader
from webapp.sessions import Reading, describe_face

MAX_WAITING = 4
"""Questions taken in at once, one of them being answered: they must not use up the threads that read frames."""

NICENESS = 10
RETRY_MS = 500
MIN_OVERLAP = 0.25


@dataclass(frozen=True)
class Question:
    """What somebody asks about a picture.

    Attributes:
        picture: The encoded picture.
        face: Which face, by size, 0 is the largest; of no interest with a `box`. It is cut as a camera frame's is.
        box: Where the face is, `(x, y, w, h)` as shares of the picture, 0..1. It is cut as a photo's is.
        label: Which expression; `None` is the one that the model finds most probable.
    """

    picture: bytes
    face: int = 0
    box: tuple[float, float, float, float] | None = None
    label: str | None = None


class Explainer:
    """Answers questions one at a time, behind the live frames and without a place in their queue.

    Blocking; callable from several real threads.
    """

    def __init__(self, reader: PhotoReader, classifier: Classifier, reading: Reading) -> None:
        """Takes what it works with.

        Args:
            reader: Finds the faces of pictures, within its limits.
            classifier: Reads and explains them.
            reading: Labels and thresholds.
        """
        self._reader, self._classifier, self._reading = reader, classifier, reading
        self._places = native_threading().BoundedSemaphore(MAX_WAITING)
        self._threads = NativeThreadPool(1, niceness=NICENESS, name="explain")

    def explain(self, question: Question) -> dict[str, Any]:
        """Answers a question as `POST /api/v1/explain` does (docs/live.md).

        Raises:
            ValueError: If the model has no such label.
            NotAnImage: See `decode_photo`, as for the other limits of pictures.
            NoFace: If the picture does not have that face.
            ServerBusy: If too many wait already; says when to try again.
            NotExplainable: If the model cannot be explained.
        """
        label = self._reading.labels.index(question.label) if question.label else None
        if not self._places.acquire(blocking=False):
            raise ServerBusy(
                f"{MAX_WAITING} explanations are wanted already. Try again in a moment.",
                retry_after_ms=RETRY_MS,
            )
        try:
            return self._threads.map(lambda asked: self._answer(asked, label), [question])[0]
        finally:
            self._places.release()

    def _answer(self, question: Question, label: int | None) -> dict[str, Any]:
        found, _ = self._reader.find(question.picture, as_live=question.box is None)
        number = choose_face(found.boxes, question)
        probs = self._classifier.classify(found.crops[number : number + 1])[0]
        label = int(np.argmax(probs)) if label is None else label
        heat = self._classifier.explain(found.crops[number], label)
        return {
            "width": found.width,
            "height": found.height,
            "num_faces": len(found.boxes),
            "turned": found.turned,
            "face": describe_face(found.boxes[number], probs, self._reading),
            "label": self._reading.labels[label],
            "corners": _rounded(found, number),
            "heat": [[round(float(cell), 3) for cell in row] for row in heat],
        }


def choose_face(boxes: Sequence[tuple[float, float, float, float]], question: Question) -> int:
    """Returns the index of the face that is meant: the one that fits the question's box best, or by its number.

    Args:
        boxes: Of the picture's faces, as shares of it, largest first.
        question: With or without a box.

    Raises:
        NoFace: If none is meant.
    """
    if not boxes:
        raise NoFace("No face was found in the picture. Send one in which it is larger, or better lit.")
    if question.box is None:
        if question.face >= len(boxes):
            raise NoFace(
                f"The picture has {len(boxes)} face(s), counted from 0. Received: face={question.face}."
            )
        return question.face
    overlaps = [iou(Box(*question.box), Box(*box)) for box in boxes]
    best = int(np.argmax(overlaps))
    if overlaps[best] < MIN_OVERLAP:
        raise NoFace(
            "None of the picture's faces lies in that box. Send a box from an answer about the same picture."
        )
    return best


def _rounded(found: Found, number: int) -> list[list[float]]:
    return [[round(x, 4), round(y, 4)] for x, y in found.corners[number]]
