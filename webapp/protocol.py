"""The wire format of `/live`, parsed strictly: what comes in is a `Frame` or an error that says why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp.errors import AppError, BadFrame, FrameTooLarge

MAX_WHOLE = 2**53 - 1  # the largest whole number that JavaScript holds exactly


@dataclass(frozen=True)
class Frame:
    """One camera frame.

    Attributes:
        seq: The client's number for it, >= 0.
        t_ms: When it was captured, in milliseconds of the client's clock.
        jpeg: The encoded picture.
    """

    seq: int
    t_ms: float
    jpeg: bytes


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


def readable_seq(arguments: Sequence[object]) -> int | None:
    """Returns the frame's number for an error's reply, if it can be read."""
    meta = arguments[0] if arguments else None
    seq = meta.get("seq") if isinstance(meta, dict) else None
    if isinstance(seq, int) and not isinstance(seq, bool) and abs(seq) <= MAX_WHOLE:
        return seq
    return None


def error_reply(seq: int | None, error: AppError) -> dict[str, Any]:
    """Returns the acknowledgement of a frame that failed."""
    return {"ok": False, "seq": seq, "error": error.as_dict()}


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
