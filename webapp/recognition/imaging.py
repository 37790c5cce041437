"""Bytes of a visitor's picture to pixels, within limits that are checked before anything is decoded."""

from __future__ import annotations

import io

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from webapp.errors import ImageTooLarge, NotAnImage

FRAME_FORMATS = ("JPEG", "PNG", "WEBP")
PNG_MARK = b"\x89PNG\r\n\x1a\n"
PNG_CHUNK_BYTES = 12  # length, kind and checksum
MAX_JPEG_SCANS = 64
"""Progressive JPEGs have about ten. Each scan of a few bytes costs a pass over all pixels: a 512 KiB file with
33,650 of them kept a core busy for 57 s."""


def decode_image(data: bytes, *, max_pixels: int) -> np.ndarray:
    """Decodes a JPEG, PNG or WebP.

    Args:
        data: The encoded picture.
        max_pixels: Width times height accepted; read from the header, so a bomb is never unpacked.

    Returns:
        uint8 array `(height, width, 3)`, RGB.

    Raises:
        NotAnImage: If the bytes are no complete picture in one of the formats.
        ImageTooLarge: If it has more pixels than `max_pixels`, or more scans than any camera writes.
    """
    kind, width, height = _read_header(data)
    if width * height > max_pixels:
        raise ImageTooLarge(
            f"The picture has {width} x {height} pixels, at most {max_pixels} in all are accepted. Send a smaller one."
        )
    if not _is_complete(kind, data):
        raise NotAnImage(
            f"The {kind} is cut short: its end is missing ({len(data)} bytes received). Send it again."
        )
    if kind == "JPEG" and data.count(b"\xff\xda") > MAX_JPEG_SCANS:
        raise ImageTooLarge(
            f"The JPEG has more than {MAX_JPEG_SCANS} scans, too many to decode. Save it again and send that."
        )
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error:
        pixels = None
    if pixels is None:
        raise NotAnImage(
            f"The {kind} is damaged and cannot be decoded ({len(data)} bytes received). Send it again."
        )
    return pixels


def _read_header(data: bytes) -> tuple[str, int, int]:
    try:
        with Image.open(io.BytesIO(data), formats=FRAME_FORMATS) as image:
            kind = (
                "JPEG" if image.format == "MPO" else str(image.format)
            )  # phones: a JPEG with more behind it
            return kind, image.width, image.height
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageTooLarge(
            "The picture has far more pixels than are accepted. Send a smaller one."
        ) from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError) as error:
        raise NotAnImage(
            f"This is not a picture we can read ({len(data)} bytes received). Use JPEG, PNG or WebP."
        ) from error


def _is_complete(kind: str, data: bytes) -> bool:
    """Looks for the format's end mark: OpenCV would fill the missing part of a picture with grey."""
    if kind == "JPEG":
        return b"\xff\xd9" in data[-64:]  # cameras may pad after the mark
    if kind == "PNG":
        return _has_whole_chunks(data)
    return len(data) >= 8 + int.from_bytes(data[4:8], "little")


def _has_whole_chunks(data: bytes) -> bool:
    """Whether a PNG goes on to its end mark in chunks that are all there.

    OpenCV 4.14 takes the length of the first chunk behind the header at its word and makes room for it: 43 bytes cost
    2.8 GB and 2.7 s of processor time.
    """
    at = len(PNG_MARK)
    while at + PNG_CHUNK_BYTES <= len(data):
        if data[at + 4 : at + 8] == b"IEND":
            return data[at : at + 4] == bytes(4)
        at += PNG_CHUNK_BYTES + int.from_bytes(data[at : at + 4], "big")
    return False
