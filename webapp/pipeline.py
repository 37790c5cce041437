"""A picture to faces with probabilities: the same for camera frames and photos."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from webapp.core.geometry import Box
from webapp.detection import Face, FaceDetector
from webapp.detection.closer import as_followed, stand_closer_look
from webapp.detection.crop import cut_faces
from webapp.imaging import decode_image, mean_luma
from webapp.inference import Classifier

DARK_LUMA = 40 / 255
SMALL_FACE_PX = 48


@dataclass(frozen=True)
class Analysis:
    """What one picture shows.

    Attributes:
        width: Of the picture, in pixels.
        height: Of the picture, in pixels.
        faces: As the detector gave them, largest first.
        probs: float32 array `(len(faces), num_labels)`.
        hints: Why a label may be poor or missing: `too_dark`, `too_small`.
        timing_ms: Time of each stage, in milliseconds.
        searched: Whether the whole picture was searched; otherwise only known faces were followed.
    """

    width: int
    height: int
    faces: tuple[Face, ...]
    probs: np.ndarray
    hints: tuple[str, ...]
    timing_ms: dict[str, float]
    searched: bool = True

    @property
    def boxes(self) -> tuple[Box, ...]:
        """Of the faces, in pixels."""
        return tuple(face.box for face in self.faces)


@dataclass(frozen=True)
class Look:
    """How to look for faces in a frame of a film.

    Attributes:
        known: Faces to follow, if that is enough; the whole picture is searched if it is not, or if there are none.
        max_side: See `FaceDetector.detect`.
    """

    known: tuple[Face, ...] = ()
    max_side: int | None = None


SEARCH = Look()


class Pipeline:
    """Decodes, finds faces, classifies them in one batch. Blocking; callable from several real threads.

    Args:
        detector: Finds faces.
        classifier: Reads expressions; its card says how a face is cut.
        max_pixels: Largest picture.
        max_faces: Faces read per picture, the largest first.
    """

    def __init__(
        self, detector: FaceDetector, classifier: Classifier, *, max_pixels: int, max_faces: int
    ) -> None:
        self._detector = detector
        self._classifier = classifier
        self._max_pixels = max_pixels
        self._max_faces = max_faces

    def analyse(self, data: bytes, submitted_s: float, look: Look = SEARCH) -> Analysis:
        """Analyses an encoded picture.

        Args:
            data: JPEG, PNG or WebP.
            submitted_s: When it was handed over, by `time.perf_counter`; the wait since then is `queue`.
            look: How to look for faces.

        Raises:
            NotAnImage: See `decode_image`.
            ImageTooLarge: See `decode_image`.
            ServerBusy: If too many faces wait for the model.
        """
        marks = [submitted_s, time.perf_counter()]
        rgb = decode_image(data, max_pixels=self._max_pixels)
        marks.append(time.perf_counter())
        followed = self._detector.follow(rgb, look.known) if look.known else None
        faces = self._search(rgb, look) if followed is None else followed
        faces = sorted(faces, key=lambda face: -face.box.area)[: self._max_faces]
        marks.append(time.perf_counter())
        probs = self._classifier.classify(cut_faces(rgb, faces, self._classifier.card.crop))
        marks.append(time.perf_counter())
        spans_ms = [round((end - start) * 1000, 2) for start, end in zip(marks, marks[1:], strict=False)]
        return Analysis(
            width=rgb.shape[1],
            height=rgb.shape[0],
            faces=tuple(faces),
            probs=probs,
            hints=find_hints(rgb, [face.box for face in faces]),
            timing_ms=dict(zip(("queue", "decode", "detect", "classify"), spans_ms, strict=True)),
            searched=followed is None,
        )

    def _search(self, rgb: np.ndarray, look: Look) -> list[Face]:
        """Searches the whole picture, then looks closer: see webapp/detection/closer.py."""
        found = self._detector.detect(rgb, max_side=look.max_side)
        return as_followed(self._detector, rgb, stand_closer_look(self._detector, rgb, found))


def find_hints(rgb: np.ndarray, boxes: Sequence[Box], *, scale: float = 1.0) -> tuple[str, ...]:
    """Returns why a picture's labels may be poor or missing: `too_dark`, `too_small`.

    Args:
        rgb: uint8 `(height, width, 3)`.
        boxes: The faces, largest first, in pixels of `rgb`.
        scale: Pixels of `rgb` per pixel of the picture as it came, in 0..1.
    """
    hints = []
    if mean_luma(rgb) < DARK_LUMA:
        hints.append("too_dark")
    if boxes and min(boxes[0].w, boxes[0].h) < SMALL_FACE_PX * scale:
        hints.append("too_small")
    return tuple(hints)
