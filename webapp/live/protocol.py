"""The wire format of `/live`: events are parsed strictly, acknowledgements are built from frozen dataclasses.

webapp/live/schema.py describes every field for people; a test compares it with real acknowledgements.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from webapp.core.affect import Point
from webapp.core.label_state import FaceReading
from webapp.errors import AppError, BadFrame, BadSettings, FrameTooLarge

MAX_WHOLE = 2**53 - 1  # the largest whole number that JavaScript holds exactly

SETTING_RANGES: Mapping[str, tuple[float, float]] = {"smoothing_s": (0.05, 2.0), "min_confidence": (0.3, 0.9)}
"""Settings that a visitor may choose, with their smallest and largest value."""

DETECT_SIDES = (256, 384)
"""Longer sides in pixels at which a frame is searched for faces; a visitor may choose one of them."""


@dataclass(frozen=True)
class LiveSettings:
    """What a visitor chose for the live page; `None` keeps the server's value.

    Attributes:
        smoothing_s: Time constant of a face's probabilities, in seconds.
        min_confidence: Minimum probability for a label to be reported as sure, 0..1.
        detect_side: Longer side in pixels at which frames are searched, see `FaceDetector.detect`.
    """

    smoothing_s: float | None = None
    min_confidence: float | None = None
    detect_side: int | None = None


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
class PointReply:
    """A place on the plane of valence and arousal, both -1..1, rounded to three decimals."""

    valence: float
    arousal: float

    @classmethod
    def of(cls, point: Point | None) -> PointReply | None:
        """Returns the reply for a point, `None` for none."""
        return None if point is None else cls(round(point.valence, 3), round(point.arousal, 3))


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


@dataclass(frozen=True)
class PlaceReply:
    """The primary face's place on the plane: now, where it settled last, and how far settling is, 0..1."""

    point: PointReply | None
    settled: PointReply | None
    settling: float


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

    def as_dict(self) -> dict[str, Any]:
        """Returns the acknowledgement as the wire has it."""
        return {
            "ok": True,
            "seq": self.seq,
            "faces": [face.as_dict() for face in self.reply.faces],
            "focus": self.reply.focus,
            "mood": asdict(self.reply.mood),
            "place": asdict(self.reply.place),
            "hints": list(self.reply.hints),
            "timing_ms": dict(self.timing_ms),
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
    if not isinstance(meta, dict):
        raise BadFrame(f"`meta` must be an object {{seq, t_ms}}. Received: {_kind(meta)}.")
    seq, t_ms = meta.get("seq"), meta.get("t_ms")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 <= seq <= MAX_WHOLE:
        raise BadFrame(f"`meta.seq` must be a whole number >= 0. Received: {_kind(seq)}.")
    if not isinstance(t_ms, int | float) or isinstance(t_ms, bool) or not abs(t_ms) <= MAX_WHOLE:
        raise BadFrame(f"`meta.t_ms` must be a number of milliseconds. Received: {_kind(t_ms)}.")
    if not isinstance(jpeg, bytes | bytearray):
        raise BadFrame(f"The picture must be binary (JPEG, PNG or WebP). Received: {_kind(jpeg)}.")
    if not jpeg:
        raise BadFrame("The picture is empty. Expected: a JPEG, PNG or WebP.")
    if len(jpeg) > max_bytes:
        raise FrameTooLarge(
            f"The picture has {len(jpeg)} bytes, at most {max_bytes} are accepted. Send a smaller one."
        )
    return Frame(seq, float(t_ms), bytes(jpeg))


def parse_settings(arguments: Sequence[object], *, max_side: int) -> LiveSettings:
    """Reads the argument of a `settings` event.

    Args:
        arguments: Arguments of the event.
        max_side: Largest detector side that the operator allows.

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
        elif name != "detect_side":
            raise BadSettings(
                f"There is no setting {str(name)[:40]!r}. Known: {', '.join(SETTING_RANGES)}, detect_side."
            )
        elif value is not None and not (_is_number(value) and value in sides):
            words = " or ".join(map(str, sides))
            raise BadSettings(f"`detect_side` must be {words}, or null. Received: {_kind(value)}.")
    return LiveSettings(**arguments[0])


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
