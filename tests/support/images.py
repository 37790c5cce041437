"""Frames as a browser would send them, made from a free portrait."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np


def face_jpeg() -> bytes:
    """A 640 x 480 JPEG of one real face: scikit-image's astronaut."""
    from skimage import data

    canvas = np.full((480, 640, 3), 96, np.uint8)
    canvas[:, 80:560] = cv2.resize(cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR), (480, 480))
    return cv2.imencode(".jpg", canvas, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


def png_bomb(side: int = 40_000) -> bytes:
    """A PNG of some hundred bytes that claims `side` x `side` pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    image = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", image) + chunk(b"IEND", b"")
