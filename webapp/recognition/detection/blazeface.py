"""BlazeFace (short range) in ONNX Runtime, fed at several sizes so that it sees near and far faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from webapp.core.geometry import Box, iou
from webapp.errors import DetectorError
from webapp.inference.onnx_backend import import_onnxruntime, one_thread_options
from webapp.recognition.detection.face import Face, FaceDetector

ASSET = Path(__file__).parent / "blazeface.onnx"
"""MediaPipe's `face_detection_short_range.tflite` in another format: `benchmarks/recognition/blazeface_onnx.py`."""

OUTPUTS = ("classificators", "regressors")
INPUT_MULTIPLE = 16
MIN_INPUT = 128
MID_GREY = 127

NEAR_SIDE = 128
NEAR_SHARE = 2.2
"""Around a known face: the network's own input, filled by a square of so many times the box. The face then has 58 of
its pixels, the middle of what it was trained on, and may move by half its width from one frame to the next."""

NEAR_FACE_SHARE = 0.35
"""A face that the pass for near faces sees ends the search if it takes so much of the image: smaller ones are seen
better by the next pass."""

SQUARE_RATIO = 0.9

ANCHOR_GRIDS = ((8, 2), (16, 6))
"""Stride in pixels and anchors per cell of the two feature maps."""

NUM_POINTS = 8
"""Points per row: box centre, box size, then right eye, left eye, nose, mouth, right ear, left ear."""

INSIDE_SHARE = 0.6

SAME_FACE_IOU = 0.3


@dataclass(frozen=True)
class Passes:
    """At which sizes an image is looked at. Chosen by measurement: docs/reference/detection.md.

    The network finds faces of about 20 to 110 of its input's pixels. It was made for a 128 x 128 input but is
    fully convolutional: a larger input finds smaller faces in one run, with neither tiles nor their seams.

    Attributes:
        sides: Longer side of the image in input pixels, pass by pass, until one saw a face for certain:
            a middle one for the usual case, a small one for faces that fill the image, a large one for
            faces far away.
        certain_score: Score, 0..1, that makes further passes needless; above 1 all of them always run.
        min_score: Score, 0..1, from which something is a face.
    """

    sides: tuple[int, ...] = (256, 80, 384)
    certain_score: float = 0.7
    min_score: float = 0.65


class BlazeFaceDetector:
    """Finds faces in milliseconds on a CPU, with their eyes.

    Each image is looked at by the thread that asks, on no other: as many images at once as there are callers, at the
    callers' own priority.
    """

    def __init__(self, asset: Path = ASSET, passes: Passes | None = None) -> None:
        """Loads the network, so that a missing or broken file stops the server at its start.

        Args:
            asset: BlazeFace as `blazeface_onnx.py` writes it.
            passes: Sizes and scores.

        Raises:
            DetectorError: If the file is missing or cannot be read.
        """
        self._passes = passes or Passes()
        self._session = _load(asset)

    def detect(self, rgb: np.ndarray, *, max_side: int | None = None) -> list[Face]:
        """See `FaceDetector.detect`."""
        points, scores = self._look_until_certain(rgb, max_side or max(self._passes.sides))
        faces = [_make_face(merged, score) for merged, score in merge(points, scores)]
        return sorted(faces, key=lambda face: -face.box.area)

    def follow(self, rgb: np.ndarray, faces: Sequence[Face]) -> list[Face] | None:
        """See `FaceDetector.follow`."""
        found: list[Face] = []
        for face in faces:
            now = self._look_near(rgb, face.box)
            if now is None or any(iou(now.box, other.box) >= SAME_FACE_IOU for other in found):
                return None
            found.append(now)
        return found

    def _look_until_certain(self, rgb: np.ndarray, max_side: int) -> tuple[np.ndarray, np.ndarray]:
        """Runs the passes; returns all candidates, as `_look` does."""
        points, scores = np.empty((0, NUM_POINTS, 2), np.float32), np.empty(0, np.float32)
        for side in self._order(rgb):
            if side > max_side:
                continue
            found = self._look(rgb, side)
            points, scores = np.concatenate([points, found[0]]), np.concatenate([scores, found[1]])
            certain = scores >= self._passes.certain_score
            if side < NEAR_SIDE:
                certain &= points[:, 1].max(axis=1) >= NEAR_FACE_SHARE * max(rgb.shape[:2])
            if certain.any():
                break
        return points, scores

    def _order(self, rgb: np.ndarray) -> tuple[int, ...]:
        """Returns the passes in the order that finds most images' face soonest.

        A square image is a tight portrait more often than not, a camera's frame is not.
        """
        height, width = rgb.shape[:2]
        is_square = min(height, width) > SQUARE_RATIO * max(height, width)
        return tuple(sorted(self._passes.sides)) if is_square else self._passes.sides

    def _look_near(self, rgb: np.ndarray, box: Box) -> Face | None:
        """Returns the face that is where a box was, if one is certain."""
        (x, y), reach = box.center, max(box.w, box.h) * NEAR_SHARE / 2
        left, top = max(round(x - reach), 0), max(round(y - reach), 0)
        near = rgb[top : max(round(y + reach), 0), left : max(round(x + reach), 0)]
        if not near.size:
            return None
        points, scores = self._look(near, NEAR_SIDE)
        is_place = np.ones((points.shape[1], 1), np.float32)
        is_place[1] = 0.0
        points = points + is_place * np.array([left, top], np.float32)
        faces = [_make_face(merged, score) for merged, score in merge(points, scores)]
        best = max(faces, key=lambda face: iou(face.box, box), default=None)
        if best is None or best.score < self._passes.certain_score or iou(best.box, box) < SAME_FACE_IOU:
            return None
        return best

    def _look(self, rgb: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
        """Runs one pass; returns points `(m, 8, 2)` in image pixels and scores `(m,)`, see `decode`."""
        canvas, scale, corner = fit_into_input(rgb, side)
        pixels = cv2.dnn.blobFromImage(canvas, 1 / 127.5, mean=(127.5, 127.5, 127.5))
        logits, offsets = self._session.run(OUTPUTS, {"input": pixels})
        anchors = make_anchors(*canvas.shape[:2])
        points, scores = decode(logits.reshape(-1), offsets[0], anchors, self._passes.min_score)
        is_place = np.ones((points.shape[1], 1), np.float32)
        is_place[1] = 0.0  # a width and height: scaled, not moved
        return (points - is_place * corner) / scale, scores


def fit_into_input(rgb: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scales an image and centres it on a canvas that the network accepts.

    The rest of the canvas is mid grey, the network's zero: with black, MediaPipe's choice, faces that fill
    the image score lower.

    Args:
        rgb: uint8 `(height, width, 3)`.
        side: Wanted longer side in pixels.

    Returns:
        The canvas, the scale in x and y, and the image's left upper corner on the canvas as x, y.
    """
    height, width = rgb.shape[:2]
    shrink = side / max(height, width)
    size = np.maximum(np.rint([width * shrink, height * shrink]), 1).astype(int)
    scaled = scale_to(rgb, int(size[0]), int(size[1]))
    canvas_size = np.maximum(-(-size // INPUT_MULTIPLE) * INPUT_MULTIPLE, MIN_INPUT)
    corner = (canvas_size - size) // 2
    canvas = np.full((canvas_size[1], canvas_size[0], 3), MID_GREY, np.uint8)
    canvas[corner[1] : corner[1] + size[1], corner[0] : corner[0] + size[0]] = scaled
    return canvas, size / np.array([width, height]), corner


def scale_to(rgb: np.ndarray, width: int, height: int) -> np.ndarray:
    """Scales an image so that every pixel of a larger one counts.

    OpenCV averages over areas by a whole factor in a tenth of the time that other factors take. So an image that
    shrinks is first interpolated to twice the size, then halved: the boxes are the same within a percent.

    Args:
        rgb: uint8 `(h, w, 3)`.
        width: Width of the result in pixels.
        height: Height of the result in pixels.
    """
    if rgb.shape[1] <= width:
        return cv2.resize(rgb, (width, height), interpolation=cv2.INTER_LINEAR)
    if rgb.shape[1] > 4 * width:  # interpolation to twice the size would skip pixels
        return cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA)
    doubled = cv2.resize(rgb, (2 * width, 2 * height), interpolation=cv2.INTER_LINEAR)
    return cv2.resize(doubled, (width, height), interpolation=cv2.INTER_AREA)


def _load(asset: Path) -> Any:
    onnxruntime = import_onnxruntime()
    if not asset.is_file():
        raise DetectorError(f"The face detector's model is missing: expected {asset}. Put the file back.")
    try:
        return onnxruntime.InferenceSession(
            str(asset), one_thread_options(), providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # noqa: BLE001 - ONNX Runtime's own errors share no base class but this one
        raise DetectorError(
            f"ONNX Runtime {onnxruntime.__version__} cannot read {asset} as BlazeFace. Put the right file back."
        ) from error


def _make_face(points: np.ndarray, score: float) -> Face:
    (x, y), (width, height), right_eye, left_eye = points[:4].astype(float).tolist()
    box = Box(x - width / 2, y - height / 2, width, height)
    return Face(box, min(score, 1.0), (tuple(right_eye), tuple(left_eye)))


@lru_cache(maxsize=32)
def make_anchors(height: int, width: int) -> np.ndarray:
    """Returns anchor centres in input pixels, float32 `(n, 2)` as x, y, in the network's output order.

    Args:
        height: Height of the network's input, a multiple of 16.
        width: Width of the network's input, a multiple of 16.
    """
    grids = []
    for stride, num_anchors in ANCHOR_GRIDS:
        row, column = np.indices((height // stride, width // stride))
        centres = np.stack([column + 0.5, row + 0.5], axis=-1).reshape(-1, 2) * stride
        grids.append(np.repeat(centres, num_anchors, axis=0))
    anchors = np.concatenate(grids).astype(np.float32)
    anchors.flags.writeable = False
    return anchors


def decode(
    logits: np.ndarray, offsets: np.ndarray, anchors: np.ndarray, min_score: float
) -> tuple[np.ndarray, np.ndarray]:
    """Selects the anchors that see a face.

    Args:
        logits: float32 `(n,)`.
        offsets: float32 `(n, 16)` in input pixels, points relative to their anchor.
        anchors: float32 `(n, 2)`.
        min_score: 0..1.

    Returns:
        Points `(m, 8, 2)` in input pixels, of which the second is the box's width and height, and scores `(m,)`.
    """
    scores = 1.0 / (1.0 + np.exp(-np.clip(logits, -80, 80)))
    keep = np.flatnonzero(scores >= min_score)
    points = offsets[keep].reshape(-1, NUM_POINTS, 2).copy()
    points[:, 0] += anchors[keep]
    points[:, 2:] += anchors[keep][:, np.newaxis]
    real = (points[:, 1] > 0).all(axis=1)
    return points[real], scores[keep][real]


def merge(points: np.ndarray, scores: np.ndarray) -> list[tuple[np.ndarray, float]]:
    """Joins the candidates of one face by their weighted mean (BlazeFace's answer to jitter between frames).

    A candidate that lies mostly inside a stronger one is part of that face, such as a mouth taken for a
    small face by a pass of higher resolution: it is dropped.

    Args:
        points: float array `(m, 8, 2)`, see `decode`.
        scores: float array `(m,)`.

    Returns:
        Per face its points `(8, 2)` and best score, strongest first.
    """
    faces = []
    order = np.argsort(-scores, kind="stable")
    while len(order):
        overlap, inside = _overlaps(points[order[0]], points[order])
        same = overlap >= SAME_FACE_IOU
        same[0] = True
        members = order[same]
        faces.append((np.average(points[members], axis=0, weights=scores[members]), float(scores[order[0]])))
        order = order[~same & (inside < INSIDE_SHARE)]
    return faces


def _overlaps(first: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns intersection over union, and over the smaller of the two areas, each `(m,)`."""
    low = np.maximum(first[0] - first[1] / 2, others[:, 0] - others[:, 1] / 2)
    high = np.minimum(first[0] + first[1] / 2, others[:, 0] + others[:, 1] / 2)
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    area, areas = np.prod(first[1]), np.prod(others[:, 1], axis=1)
    return shared / (area + areas - shared), shared / np.minimum(area, areas)


class DetectorSettings(Protocol):
    """The part of the settings that concerns the detector."""

    @property
    def detect_threshold(self) -> float:
        """Score, 0..1, from which something is a face."""


def load_detector(settings: DetectorSettings) -> FaceDetector:
    """Makes the detector that docs/reference/detection.md chose.

    OpenCV and ONNX Runtime get one thread each for their own loops: the server works on several frames at once, and
    threads inside an operation only take turns with them.

    Args:
        settings: The app's.

    Raises:
        DetectorError: If the detector's model is missing or broken.
    """
    cv2.setNumThreads(1)
    return BlazeFaceDetector(passes=Passes(min_score=settings.detect_threshold))
