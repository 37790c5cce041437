"""Why a label: where in one face of one picture the model saw what speaks for it. Nothing is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from webapp.core.geometry import Box, iou
from webapp.core.label_state import FaceReading, LabelThresholds, read_face
from webapp.errors import NoFace
from webapp.explain.hot_area import OVAL, blur_area, hot_area
from webapp.photos.lanes import CHEAP, LARGE, Lane, LaneBounds
from webapp.recognition.photo_decoding import decoding_effort
from webapp.recognition.reader import FaceReader

RETRY_MS = 500
LANES = (
    LaneBounds("pictures to explain", CHEAP, 2, 8, 1, 3, RETRY_MS),
    LaneBounds("large pictures to explain", LARGE, 2, 4, 1, 1),
    LaneBounds("huge pictures to explain", None, 2, 4, 1, 1),
)
"""One question of an address at a time: the others' come in between."""

MIN_OVERLAP = 0.25


@dataclass(frozen=True)
class Question:
    """A question about a picture: which face, which label.

    Attributes:
        picture: The encoded picture.
        face: Which face, by size, 0 is the largest; of no interest with a `box`. It is cut as a camera frame's is.
        box: Place of the face, `(x, y, w, h)` as shares of the picture, 0..1; it is cut as a photo's face is.
        label: Which expression; `None` is the one that the model finds most probable.
        strength: How common expressions are taken to be, 0..1; `None` for the server's own.
    """

    picture: bytes
    face: int = 0
    box: tuple[float, float, float, float] | None = None
    label: str | None = None
    strength: float | None = None


@dataclass(frozen=True)
class Explanation:
    """Where in a face the model saw what supports a label.

    Attributes:
        width: Width of the upright picture in pixels.
        height: Height of the upright picture in pixels.
        num_faces: Number of faces in it.
        turned: Degrees clockwise by which it was rotated to find faces: 0, 90, 180 or 270.
        face: Reading of the face that was asked about.
        label: Name of the label that is explained.
        corners: Upper left, upper right, lower right and lower left corner of the crop, `(x, y)` as shares of the
            picture; may lie outside 0..1.
        saliency: float32 `(rows, columns)`, 0..1, from the top; all 0 if nothing supports the label.
        hot_share: Share of the crop that is hot, 0..1; 0 if nothing is.
        without: Probability of each label, in the order of `labels`, once the hot area is blurred.
        labels: Names of the labels.
    """

    width: int
    height: int
    num_faces: int
    turned: int
    face: FaceReading
    label: str
    corners: tuple[tuple[float, float], ...]
    saliency: np.ndarray
    hot_share: float
    without: np.ndarray
    labels: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Returns the explanation as `ExplanationSchema` has it."""
        return {
            "width": self.width,
            "height": self.height,
            "num_faces": self.num_faces,
            "turned": self.turned,
            "face": self.face.as_dict(),
            "label": self.label,
            "corners": [[round(x, 4), round(y, 4)] for x, y in self.corners],
            "heat": [[round(float(cell), 3) for cell in row] for row in self.saliency],
            "oval": list(OVAL),
            "without_hot": {
                "share": round(self.hot_share, 3),
                "probs": {
                    label: round(float(prob), 4)
                    for label, prob in zip(self.labels, self.without, strict=True)
                },
            },
        }


class Explainer:
    """Answers questions behind the live frames and without a place in their queue, of each size one at a time.

    Blocking; callable from several native threads.

    Attributes:
        lanes: For small pictures first. Their limiters are to be asked before `lane_of`, the first's, and `explain`, in
            the request's own thread.
    """

    def __init__(self, reader: FaceReader) -> None:
        """Starts no thread before the first question.

        Args:
            reader: Reader of the faces, within its limits; its classifier also explains them.
        """
        self._reader, self._classifier, self._thresholds = reader, reader.classifier, reader.thresholds
        self.lanes = tuple(Lane(bounds, 1) for bounds in LANES)

    def lane_of(self, question: Question) -> Lane:
        """Returns the lane for a question's picture, by its header."""
        (effort,) = self.lanes[0].threads.map(decoding_effort, [question.picture])
        return next(one for one in self.lanes if one.takes(effort))

    def explain(self, question: Question, lane: Lane) -> Explanation:
        """Answers a question as `POST /api/v1/explain` does (docs/reference/live.md).

        Args:
            question: What is asked.
            lane: The one for its picture.

        Raises:
            ValueError: If the model has no such label.
            NotAnImage: See `decode_photo`, as for the other limits of pictures.
            NoFace: If the picture does not have that face.
            ServerBusy: If too many faces wait for the model.
            NotExplainable: If the model cannot be explained.
        """
        label = self._thresholds.labels.index(question.label) if question.label else None
        return lane.threads.map(lambda asked: self._answer(asked, label), [question])[0]

    def _answer(self, question: Question, label: int | None) -> Explanation:
        found, _ = self._reader.find(question.picture, as_live=question.box is None)
        number = choose_face(found.boxes, question)
        crop = found.crops[number]
        thresholds = self._thresholds.chosen(strength=question.strength)
        probs = self._read(crop, thresholds)
        label = int(np.argmax(probs)) if label is None else label
        saliency = self._classifier.explain(crop, label)
        area = hot_area(saliency, len(crop))
        without = self._read(blur_area(crop, area), thresholds) if area.any() else probs
        return Explanation(
            width=found.width,
            height=found.height,
            num_faces=len(found.boxes),
            turned=found.turned,
            face=read_face(found.boxes[number], probs, thresholds),
            label=self._thresholds.labels[label],
            corners=found.corners[number],
            saliency=saliency,
            hot_share=float(area.mean()),
            without=without,
            labels=self._thresholds.labels,
        )

    def _read(self, crop: np.ndarray, thresholds: LabelThresholds) -> np.ndarray:
        return thresholds.adjust(self._classifier.classify(crop[np.newaxis])[0])


def choose_face(boxes: Sequence[tuple[float, float, float, float]], question: Question) -> int:
    """Returns the index of the face that is meant: the one that fits the question's box best, or by its number.

    Args:
        boxes: Boxes of the picture's faces, as shares of it, largest first.
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
