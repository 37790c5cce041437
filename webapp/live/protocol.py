"""The wire format of `/live`: events are parsed strictly, acknowledgements are built from frozen dataclasses.

webapp/live/schema.py describes every field for people; a test compares it with real acknowledgements.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.core.affect import Point
from webapp.core.geometry import Box
from webapp.core.label_state import FaceReading
from webapp.errors import AppError, BadFrame, BadSettings, FrameTooLarge

MAX_WHOLE = 2**53 - 1  # the largest whole number that JavaScript holds exactly

SETTING_RANGES: Mapping[str, tuple[float, float]] = {
    "smoothing_s": (0.05, 2.0),
    "min_confidence": (0.3, 0.9),
    "strength": (0.0, 1.0),
    "baseline_strength": (0.0, 1.0),
}
"""Settings that a visitor may choose, with their smallest and largest value."""

MAX_ROUNDING = 0.01
"""Largest distance of a baseline's sum from 1: the wire's probabilities have four decimals."""

DETECT_SIDES = (256, 384)
"""Longer sides in pixels at which a frame is searched for faces; a visitor may choose one of them."""


@dataclass(frozen=True)
class LiveSettings:
    """What a visitor chose for the live page; `None` keeps the server's value.

    Attributes:
        smoothing_s: Time constant of a face's probabilities, in seconds.
        min_confidence: Minimum probability for a label to be reported as sure, 0..1.
        detect_side: Longer side in pixels at which frames are searched, see `FaceDetector.detect`.
        baseline: Mean probability of every label while the visitor's face was at rest.
        baseline_strength: Strength of those probabilities; the present one if left out.
        strength: How common labels are taken to be, 0..1, see `LabelStrength`; without effect where the model's card
            does not say how frequent they were.
    """

    smoothing_s: float | None = None
    min_confidence: float | None = None
    detect_side: int | None = None
    baseline: Mapping[str, float] | None = None
    baseline_strength: float | None = None
    strength: float | None = None


@dataclass(frozen=True)
class Frame:
    """One camera frame.

    Attributes:
        seq: The client's number for it, >= 0.
        t_ms: Time of its capture, in milliseconds of the client's clock; checked, then ignored.
        jpeg: The encoded image.
    """

    seq: int
    t_ms: float
    jpeg: bytes


@dataclass(frozen=True)
class FaceCrops:
    """The faces of one camera frame, found and cut by the visitor's browser.

    Attributes:
        seq: The client's number for the frame, >= 0.
        t_ms: Time of its capture, in milliseconds of the client's clock; checked, then ignored.
        boxes: Boxes of the faces, as shares of the frame, 0..1.
        crops: Their grey pixels one face after the other, row by row, one byte each.
    """

    seq: int
    t_ms: float
    boxes: tuple[Box, ...]
    crops: bytes


@dataclass(frozen=True)
class PointReply:
    """A place on the plane of valence and arousal, both -1..1, rounded to three decimals."""

    valence: float
    arousal: float

    @classmethod
    def of(cls, point: Point | None) -> PointReply | None:
        """Returns the reply for a point, `None` for none."""
        return None if point is None else cls(round(point.valence, 3), round(point.arousal, 3))

    def as_dict(self) -> dict[str, float]:
        """Returns the place as the wire has it."""
        return {"valence": self.valence, "arousal": self.arousal}


@dataclass(frozen=True)
class FaceReply:
    """One face of a frame: its id, and its reading."""

    id: int
    reading: FaceReading

    def as_dict(self) -> dict[str, Any]:
        """Returns the face as the wire has it."""
        return {"id": self.id, **self.reading.as_dict()}


@dataclass(frozen=True)
class MoodReply:
    """The expression of the primary face: its label, `None` if it is not sure, its age, and whether it settled."""

    label: str | None
    since_ms: int
    settled: bool

    def as_dict(self) -> dict[str, Any]:
        """Returns the expression as the wire has it."""
        return {"label": self.label, "since_ms": self.since_ms, "settled": self.settled}


@dataclass(frozen=True)
class PlaceReply:
    """The primary face's place on the plane: now, where it settled last, and how far settling is, 0..1."""

    point: PointReply | None
    settled: PointReply | None
    settling: float

    def as_dict(self) -> dict[str, Any]:
        """Returns the places as the wire has them."""
        return {
            "point": self.point and self.point.as_dict(),
            "settled": self.settled and self.settled.as_dict(),
            "settling": self.settling,
        }


@dataclass(frozen=True)
class FrameReply:
    """What a frame says about its visitor; `schema.AckSchema` describes the fields."""

    faces: tuple[FaceReply, ...]
    focus: int | None
    mood: MoodReply
    place: PlaceReply
    hints: tuple[str, ...]


@dataclass(frozen=True)
class Ack:
    """The acknowledgement of a frame that was analysed."""

    seq: int
    reply: FrameReply
    timing_ms: Mapping[str, float]
    next_in_ms: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Returns the acknowledgement as the wire has it."""
        return {
            "ok": True,
            "seq": self.seq,
            "faces": [face.as_dict() for face in self.reply.faces],
            "focus": self.reply.focus,
            "mood": self.reply.mood.as_dict(),
            "place": self.reply.place.as_dict(),
            "hints": list(self.reply.hints),
            "timing_ms": dict(self.timing_ms),
            "next_in_ms": self.next_in_ms,
        }


@dataclass(frozen=True)
class Refusal:
    """The acknowledgement of a frame that was not analysed.

    Attributes:
        seq: The frame's number; `None` if it cannot be read.
        error: Reason of the refusal.
    """

    seq: int | None
    error: AppError

    def as_dict(self) -> dict[str, Any]:
        """Returns the acknowledgement as the wire has it."""
        return {"ok": False, "seq": self.seq, "error": self.error.as_dict()}


def parse_frame(arguments: Sequence[object], *, max_bytes: int) -> Frame:
    """Reads the arguments of a `frame` event.

    Raises:
        BadFrame: If they are not `({seq, t_ms}, binary)`.
        FrameTooLarge: If the picture has more than `max_bytes` bytes.
    """
    if len(arguments) != 2:
        raise BadFrame(f"A frame has two arguments: meta and picture. Received: {len(arguments)}.")
    meta, jpeg = arguments
    seq, t_ms, _ = _parse_meta(meta, "{seq, t_ms}")
    if not isinstance(jpeg, bytes | bytearray):
        raise BadFrame(f"The picture must be binary (JPEG, PNG or WebP). Received: {_kind(jpeg)}.")
    if not jpeg:
        raise BadFrame("The picture is empty. Expected: a JPEG, PNG or WebP.")
    if len(jpeg) > max_bytes:
        raise FrameTooLarge(
            f"The picture has {len(jpeg)} bytes, at most {max_bytes} are accepted. Send a smaller one."
        )
    return Frame(seq, t_ms, bytes(jpeg))


def parse_faces(arguments: Sequence[object], *, max_faces: int, crop_bytes: int) -> FaceCrops:
    """Reads the arguments of a `faces` event; a frame without faces has no boxes and an empty binary.

    Args:
        arguments: Arguments of the event.
        max_faces: Largest number of faces of one frame.
        crop_bytes: Bytes of one face.

    Raises:
        BadFrame: If they are not `({seq, t_ms, boxes}, binary)`, with boxes inside the frame and `crop_bytes` bytes for
            each of them.
        FrameTooLarge: If there are more than `max_faces` boxes.
    """
    if len(arguments) != 2:
        raise BadFrame(f"Faces have two arguments: meta and crops. Received: {len(arguments)}.")
    meta, crops = arguments
    seq, t_ms, boxes = _parse_meta(meta, "{seq, t_ms, boxes}")
    if not isinstance(boxes, list):
        raise BadFrame(f"`meta.boxes` must be a list of [x, y, w, h]. Received: {_kind(boxes)}.")
    if len(boxes) > max_faces:
        raise FrameTooLarge(
            f"The frame has {len(boxes)} faces, at most {max_faces} are accepted. Send the largest ones."
        )
    if not isinstance(crops, bytes | bytearray):
        raise BadFrame(f"The crops must be binary, one byte a pixel. Received: {_kind(crops)}.")
    if len(crops) != len(boxes) * crop_bytes:
        raise BadFrame(
            f"The crops have {len(crops)} bytes. Expected: {len(boxes) * crop_bytes}, "
            f"that is {crop_bytes} for each of {len(boxes)} boxes."
        )
    return FaceCrops(
        seq, t_ms, tuple(_parse_box(index, box) for index, box in enumerate(boxes)), bytes(crops)
    )


def _parse_meta(meta: object, form: str) -> tuple[int, float, object]:
    """Returns number, time and boxes of a frame's or of faces' first argument; the boxes are not checked."""
    if not isinstance(meta, dict):
        raise BadFrame(f"`meta` must be an object {form}. Received: {_kind(meta)}.")
    seq, t_ms = meta.get("seq"), meta.get("t_ms")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq <= MAX_WHOLE:
        raise BadFrame(f"`meta.seq` must be a whole number >= 0. Received: {_kind(seq)}.")
    if not isinstance(t_ms, int | float) or isinstance(t_ms, bool) or not abs(t_ms) <= MAX_WHOLE:
        raise BadFrame(f"`meta.t_ms` must be a number of milliseconds. Received: {_kind(t_ms)}.")
    return seq, float(t_ms), meta.get("boxes")


def _parse_box(index: int, box: object) -> Box:
    name = f"`meta.boxes[{index}]`"
    if not isinstance(box, list) or len(box) != 4:
        words = f"a list of {len(box)}" if isinstance(box, list) else _kind(box)
        raise BadFrame(f"{name} must be [x, y, w, h]. Received: {words}.")
    for value in box:
        if not _is_number(value) or not 0 <= value <= 1:
            raise BadFrame(f"{name} must hold shares of the frame, 0 to 1. Received: {_kind(value)}.")
    if box[2] <= 0 or box[3] <= 0:
        raise BadFrame(f"{name} must have a width and a height above 0. Received: {box[2]:g} x {box[3]:g}.")
    return Box(*map(float, box))


def parse_settings(
    arguments: Sequence[object], *, max_side: int, baseline_labels: Sequence[str] | None = None
) -> LiveSettings:
    """Reads the argument of a `settings` event.

    Args:
        arguments: Arguments of the event.
        max_side: Largest detector side that the operator allows.
        baseline_labels: Labels of a baseline; `None` if the model cannot be read against one.

    Raises:
        BadSettings: If it is not one object with nothing but known settings within their limits.
    """
    if len(arguments) != 1 or not isinstance(arguments[0], dict):
        kinds = ", ".join(_kind(argument) for argument in arguments) or "nothing"
        raise BadSettings(f"Settings are one object. Received: {kinds}.")
    sides = [side for side in DETECT_SIDES if side <= max_side]
    for name, value in arguments[0].items():
        if name in SETTING_RANGES:
            low, high = SETTING_RANGES[name]
            if value is not None and not (_is_number(value) and low <= value <= high):
                raise BadSettings(
                    f"`{name}` must be a number from {low:g} to {high:g}, or null. Received: {_kind(value)}."
                )
        elif name == "baseline":
            _check_baseline(value, baseline_labels)
        elif name != "detect_side":
            known = ", ".join((*SETTING_RANGES, "detect_side", "baseline"))
            raise BadSettings(f"There is no setting {str(name)[:40]!r}. Known: {known}.")
        elif value is not None and not (_is_number(value) and value in sides):
            words = " or ".join(map(str, sides))
            raise BadSettings(f"`detect_side` must be {words}, or null. Received: {_kind(value)}.")
    return LiveSettings(**arguments[0])


def _check_baseline(value: object, labels: Sequence[str] | None) -> None:
    if value is None:
        return
    if labels is None:
        raise BadSettings(
            "This server's model cannot be read against a resting face. Leave `baseline` out, or send null."
        )
    expected = f"`baseline` must be null, or an object with a probability of each label: {', '.join(labels)}."
    if not isinstance(value, dict):
        raise BadSettings(f"{expected} Received: {_kind(value)}.")
    if set(value) != set(labels):
        raise BadSettings(f"{expected} Received: an object with {len(value)} other or fewer names.")
    for label in labels:
        if not _is_number(value[label]) or not 0 <= value[label] <= 1:
            raise BadSettings(f"`baseline.{label}` must be from 0 to 1. Received: {_kind(value[label])}.")
    total = math.fsum(value.values())
    if abs(total - 1) > MAX_ROUNDING:
        raise BadSettings(f"`baseline` must sum to 1, as probabilities do. Received: {total:.3g}.")


def readable_seq(arguments: Sequence[object]) -> int | None:
    """Returns the frame's number for an error's reply, if it can be read."""
    meta = arguments[0] if arguments else None
    seq = meta.get("seq") if isinstance(meta, dict) else None
    if isinstance(seq, int) and not isinstance(seq, bool) and abs(seq) <= MAX_WHOLE:
        return seq
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kind(value: object) -> str:
    """Names a value without repeating what a visitor sent at length."""
    if value is None:
        return "nothing"
    if isinstance(value, bool | int | float):
        return repr(value)[:40]
    names: dict[type, str] = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bytes: "binary",
        bytearray: "binary",
    }
    return names.get(type(value), type(value).__name__)
