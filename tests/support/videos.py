"""Clips made at run time from a free portrait."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from tests.support.photos import portrait

CODES = {".avi": "MJPG", ".mp4": "mp4v", ".webm": "VP80"}
FPS = 20


def write_clip(path: Path, frames: Iterable[np.ndarray]) -> Path:
    """Writes RGB frames at 20 per second; the suffix chooses the format."""
    import cv2

    frames = list(frames)
    height, width = frames[0].shape[:2]
    code = cv2.VideoWriter.fourcc(*CODES[path.suffix])
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, code, FPS, (width, height))
    for frame in frames:
        writer.write(np.ascontiguousarray(frame[..., ::-1]))
    writer.release()
    return path


def write_still(path: Path, frame: np.ndarray, num_frames: int) -> Path:
    """Writes an AVI that shows one RGB frame many times: encoded once, since encoding takes longer than decoding."""
    one = write_clip(path, [frame]).read_bytes()
    movie = one.index(b"movi")
    at = one.index(b"00dc", movie)
    size = int.from_bytes(one[at + 4 : at + 8], "little")
    frames = one[at : at + 8 + size + size % 2] * num_frames
    head = bytearray(one[:at])
    head[4:8] = (len(head) + len(frames) - 8).to_bytes(4, "little")
    head[movie - 4 : movie] = (at - movie + len(frames)).to_bytes(4, "little")
    head[48:52] = head[140:144] = num_frames.to_bytes(4, "little")  # in both headers
    path.write_bytes(head + frames)
    return path


def smile_then_wall(side: int = 240) -> list[np.ndarray]:
    """Returns two seconds of a smiling face, then one second of a grey wall."""
    return [portrait(side)] * (2 * FPS) + [np.full((side, side, 3), 128, np.uint8)] * FPS


def counting(num_frames: int) -> list[np.ndarray]:
    """Returns frames whose grey level is four times their number."""
    return [np.full((48, 64, 3), 4 * n, np.uint8) for n in range(num_frames)]
