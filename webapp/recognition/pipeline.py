"""A camera frame to faces with probabilities; the closer look at doubtful faces is also that of photos."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from webapp.core.geometry import Box
from webapp.inference.classifier import Classifier
from webapp.recognition.change import face_means, frame_cells, has_moved, is_same_face
from webapp.recognition.crop import cut_faces, find_hints
from webapp.recognition.detection.face import Face, FaceDetector
from webapp.recognition.imaging import decode_image

CERTAIN_SCORE = 0.85
"""Detector score, 0..1, from which a face needs no confirmation: folds and helmets score up to 0.76 in every third
frame, faces in front of a camera 0.9 and more."""

MAX_FOLLOWED = 2
"""Faces that are followed from frame to frame; each costs a third of a search (docs/reference/live.md)."""


@dataclass(frozen=True)
class Reading:
    """What the model said about one face, to be used again while the face neither moves nor changes.

    Attributes:
        means: How the place of the face looked, see `face_means`.
        probs: float32 `(num_labels,)`.
        read_s: When the model said so, in seconds of the caller's clock; `None` if in this very frame.
    """

    means: np.ndarray
    probs: np.ndarray
    read_s: float | None = None


@dataclass(frozen=True)
class Analysis:
    """What one frame shows.

    Attributes:
        width: Width of the frame in pixels.
        height: Height of the frame in pixels.
        faces: Faces as the detector gave them, largest first.
        probs: float32 array `(len(faces), num_labels)`.
        hints: Reasons why a label may be poor or missing: `too_dark`, `too_small`.
        timing_ms: Time of each stage, in milliseconds.
        searched: Whether the whole frame was searched; otherwise only known faces were followed.
        cells: Brightness of the frame's cells, see `frame_cells`; `None` if it is of no interest.
        readings: Readings of the faces, in their order.
    """

    width: int
    height: int
    faces: tuple[Face, ...]
    probs: np.ndarray
    hints: tuple[str, ...]
    timing_ms: dict[str, float]
    searched: bool = True
    cells: np.ndarray | None = None
    readings: tuple[Reading, ...] = ()

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Boxes of the faces, in pixels."""
        return tuple(face.box for face in self.faces)


@dataclass(frozen=True)
class SearchHint:
    """How to look for faces in a frame of a video.

    Attributes:
        known: Faces to follow, if that is enough; the whole frame is searched if it is not, or if there are none.
        max_side: See `FaceDetector.detect`.
        cells: Cells of the last frame if movement decides: the frame is searched where something moves, see
            `has_moved`, and otherwise nothing but the known faces is looked for. `None` if it does not.
        readings: Readings of the known faces, in their order, that may be used again; empty if there are none.
        size: Width and height of the frame that all this is from; `None` if it does not matter. In a frame of another
            size the whole is searched.
    """

    known: tuple[Face, ...] = ()
    max_side: int | None = None
    cells: np.ndarray | None = None
    readings: tuple[Reading, ...] = ()
    size: tuple[int, int] | None = None


FULL_SEARCH = SearchHint()


class Pipeline:
    """Decodes a frame, finds its faces, classifies them in one batch. Blocking; callable from several native threads.

    Args:
        detector: Detector of the faces.
        classifier: Classifier of their expressions; its card says how a face is cut.
        max_pixels: Largest frame, in pixels.
        max_faces: Faces classified per frame, the largest first.
    """

    def __init__(
        self, detector: FaceDetector, classifier: Classifier, *, max_pixels: int, max_faces: int
    ) -> None:
        self._detector = detector
        self._classifier = classifier
        self._max_pixels = max_pixels
        self._max_faces = max_faces

    def analyse(self, data: bytes, submitted_s: float, hint: SearchHint = FULL_SEARCH) -> Analysis:
        """Analyses an encoded frame.

        Args:
            data: JPEG, PNG or WebP.
            submitted_s: Time of the submission by `time.perf_counter`; the wait since then is reported as `queue`.
            hint: Known faces and limits of the search.

        Raises:
            NotAnImage: See `decode_image`.
            ImageTooLarge: See `decode_image`.
            ServerBusy: If too many faces wait for the model.
        """
        started_s = time.perf_counter()
        rgb = decode_image(data, max_pixels=self._max_pixels)
        return self._analyse(rgb, [submitted_s, started_s, time.perf_counter()], hint)

    def analyse_pixels(self, rgb: np.ndarray, submitted_s: float, hint: SearchHint = FULL_SEARCH) -> Analysis:
        """Analyses a decoded frame; see `analyse`.

        Args:
            rgb: uint8 `(height, width, 3)`.
            submitted_s: Time of the submission by `time.perf_counter`.
            hint: Known faces and limits of the search.

        Raises:
            ServerBusy: If too many faces wait for the model.
        """
        now_s = time.perf_counter()
        return self._analyse(rgb, [submitted_s, now_s, now_s], hint)

    def _analyse(self, rgb: np.ndarray, marks: list[float], hint: SearchHint) -> Analysis:
        if hint.size not in (None, (rgb.shape[1], rgb.shape[0])):
            hint = SearchHint(max_side=hint.max_side)
        cells = frame_cells(rgb)
        searches = self._must_search(rgb, hint, cells)
        if not searches and self._looks_the_same(rgb, hint):
            marks.append(time.perf_counter())
            faces, searched, readings = list(hint.known), False, hint.readings
        else:
            followed = None if searches else self._detector.follow(rgb, hint.known) if hint.known else []
            faces, searched = (self._search(rgb, hint), True) if followed is None else (followed, False)
            faces = sorted(faces, key=lambda face: -face.box.area)[: self._max_faces]
            marks.append(time.perf_counter())
            readings = self._read(cut_faces(rgb, faces, self._classifier.card.crop))
        marks.append(time.perf_counter())
        spans_ms = [round((end - start) * 1000, 2) for start, end in zip(marks, marks[1:], strict=False)]
        return Analysis(
            width=rgb.shape[1],
            height=rgb.shape[0],
            faces=tuple(faces),
            probs=np.array([one.probs for one in readings], np.float32).reshape(
                len(faces), len(self._classifier.card.labels)
            ),
            hints=find_hints(float(cells.mean()) / 255, [face.box for face in faces]),
            timing_ms=dict(zip(("queue", "decode", "detect", "classify"), spans_ms, strict=True)),
            searched=searched,
            cells=cells,
            readings=readings,
        )

    def analyse_crops(self, crops: np.ndarray, boxes: Sequence[Box], submitted_s: float) -> Analysis:
        """Analyses the faces of a frame that a browser found and cut; its picture is not here.

        Args:
            crops: uint8 `(len(boxes), 48, 48, 1)`, cut by the card's rule.
            boxes: Boxes of the faces as shares of the frame, 0..1, in any order.
            submitted_s: Time of the submission by `time.perf_counter`; the wait since then is reported as `queue`.

        Returns:
            Their analysis in a frame of size 1 x 1, without hints: only the browser can judge its picture.

        Raises:
            ServerBusy: If too many faces wait for the model.
        """
        started_s = time.perf_counter()
        order = sorted(range(len(boxes)), key=lambda index: -boxes[index].area)
        probs = self._classifier.classify(crops[order])
        ended_s = time.perf_counter()
        return Analysis(
            width=1,
            height=1,
            faces=tuple(Face(boxes[index], score=1.0) for index in order),
            probs=probs,
            hints=(),
            timing_ms={
                "queue": round((started_s - submitted_s) * 1000, 2),
                "decode": 0.0,
                "detect": 0.0,
                "classify": round((ended_s - started_s) * 1000, 2),
            },
        )

    def _must_search(self, rgb: np.ndarray, hint: SearchHint, cells: np.ndarray) -> bool:
        """Whether the whole frame is to be searched, before anything else is tried."""
        if hint.cells is None:
            return not hint.known
        size = rgb.shape[1], rgb.shape[0]
        return has_moved(hint.cells, cells, [face.box for face in hint.known], size)

    def _looks_the_same(self, rgb: np.ndarray, hint: SearchHint) -> bool:
        """Whether every known face looks, where it was, as it did when it was read: then it has not moved either."""
        if not hint.known or len(hint.readings) != len(hint.known):
            return False
        means = face_means(cut_faces(rgb, hint.known, self._classifier.card.crop))
        return all(map(is_same_face, (reading.means for reading in hint.readings), means))

    def _read(self, crops: np.ndarray) -> tuple[Reading, ...]:
        probs = self._classifier.classify(crops)
        return tuple(Reading(*pair) for pair in zip(face_means(crops), probs, strict=True))

    def _search(self, rgb: np.ndarray, hint: SearchHint) -> list[Face]:
        """Searches the whole frame, then looks closer at what was found."""
        found = self._detector.detect(rgb, max_side=hint.max_side)
        return refine_faces(self._detector, rgb, found, max_refined=MAX_FOLLOWED)


def refine_faces(
    detector: FaceDetector, rgb: np.ndarray, faces: Sequence[Face], *, max_refined: int
) -> list[Face]:
    """Returns the faces of a search that a closer look confirms, few of them with the boxes of that look.

    A doubtful face counts only if it is found again from close by; where no face is certain all count, since dark film
    stills have no other. The boxes of the closer look differ from the search's by a few percent, and following gives
    the same ones: a face that is cut in two ways would get two labels. The network looks once at each face.

    Args:
        detector: The detector that found them.
        rgb: uint8 `(height, width, 3)` in which they were found.
        faces: All faces of the picture.
        max_refined: Largest number of confirmed faces whose boxes are refined, see `MAX_FOLLOWED`.
    """
    closer: dict[int, Face | None] = {}

    def look(index: int) -> Face | None:
        if index not in closer:
            found = detector.follow(rgb, [faces[index]])
            closer[index] = found[0] if found else None
        return closer[index]

    confirmed = confirm_faces([face.score for face in faces], lambda index: look(index) is not None)
    if len(confirmed) > max_refined:
        return [faces[index] for index in confirmed]
    return [look(index) or faces[index] for index in confirmed]


def confirm_faces(scores: Sequence[float], is_found_again: Callable[[int], bool]) -> list[int]:
    """Returns the indices of the faces that count: all if none is certain, else the certain and the confirmed ones.

    Args:
        scores: Scores of all faces of the picture, 0..1.
        is_found_again: Function from an index to whether a closer look finds that face; called for doubtful ones alone.
    """
    if all(score < CERTAIN_SCORE for score in scores):
        return list(range(len(scores)))
    return [index for index, score in enumerate(scores) if score >= CERTAIN_SCORE or is_found_again(index)]
