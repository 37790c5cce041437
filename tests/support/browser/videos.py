"""Videos for Chromium's fake camera, made from free pictures at run time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT, NUM_FRAMES = 640, 480, 20
MOST_SHIFT = 2
"""Largest shift of a jittering frame, in pixels each way."""


def portrait(side: int = 460) -> np.ndarray:
    """NASA's portrait of Eileen Collins, smiling, as scikit-image ships it: BGR, square."""
    from skimage import data

    return cv2.resize(
        cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR), (side, side), interpolation=cv2.INTER_AREA
    )


def canvas(level: int = 96) -> np.ndarray:
    """An empty room: a soft gradient with a little texture."""
    random = np.random.default_rng(0)
    ramp = np.linspace(level - 20, level + 20, WIDTH)[None, :, None] + random.normal(0, 2, (HEIGHT, WIDTH, 1))
    return np.repeat(np.clip(ramp, 0, 255), 3, axis=2).astype(np.uint8)


def place(picture: np.ndarray, x: int, y: int, on: np.ndarray) -> np.ndarray:
    height, width = picture.shape[:2]
    on = on.copy()
    on[y : y + height, x : x + width] = picture
    return on


def jitter(frame: np.ndarray) -> Iterable[np.ndarray]:
    """Yields the frame as a hand-held camera would see it: with noise, and not quite still."""
    random = np.random.default_rng(1)
    for _ in range(NUM_FRAMES):
        dx, dy = random.integers(-MOST_SHIFT, MOST_SHIFT + 1, 2)
        moved = np.roll(frame, (dy, dx), axis=(0, 1))
        yield np.clip(moved + random.normal(0, 3, frame.shape), 0, 255).astype(np.uint8)


def write_y4m(path: Path, frames: Iterable[np.ndarray], *, fps: int = 20) -> Path:
    """Writes BGR frames of one size as YUV4MPEG2, which Chromium's fake camera plays in a loop."""
    with path.open("wb") as file:
        for number, frame in enumerate(frames):
            if number == 0:
                height, width = frame.shape[:2]
                file.write(f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420jpeg\n".encode())
            file.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes())
    return path


def one_face() -> np.ndarray:
    return place(portrait(), 90, 10, canvas())


def two_faces() -> np.ndarray:
    return place(portrait(250), 360, 100, place(portrait(320), 10, 100, canvas()))


MOVING_FPS = 30
MARK_ROWS = slice(450, 478)
"""Rows with a white mark straight below the middle of a moving face, on black: where the face is in a drawn picture."""


def close_face() -> np.ndarray:
    """The portrait's face alone, as large as a webcam sees it at arm's length: its box is about 150 pixels wide."""
    return portrait(760)[20:420, 140:540]


def moving_face(centres: Iterable[float]) -> list[np.ndarray]:
    """Returns 30 frames a second in which the face moves sideways, its picture's middle at the given columns."""
    face, room = close_face(), canvas()
    room[MARK_ROWS.start - 4 :] = 0
    frames = []
    for x in centres:
        left = x - face.shape[1] / 2
        move = np.float32([[1, 0, left], [0, 1, 20]])
        frame = cv2.warpAffine(
            face,
            move,
            (WIDTH, HEIGHT),
            room.copy(),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_TRANSPARENT,
        )
        frame[MARK_ROWS] = 0
        mark = np.clip(8 - np.abs(np.arange(WIDTH) - x), 0, 1) * 255
        frame[MARK_ROWS] = mark[None, :, None]
        frames.append(frame)
    return frames


def swaying_face() -> list[np.ndarray]:
    """A face that sways to and fro, at its fastest with 125 pixels a second."""
    return moving_face(320 + 80 * np.sin(np.arange(120) / 120 * 2 * np.pi))


def sweeping_face() -> list[np.ndarray]:
    """A face that sweeps from side to side with 470 pixels a second and turns at once."""
    way = np.arange(24) * 470 / MOVING_FPS
    return moving_face(np.concatenate([130 + way, 130 + way[-1] + 470 / MOVING_FPS - way]))


def one_leaves_and_returns() -> Iterable[np.ndarray]:
    """Two faces for two seconds, then only the left, larger one for two."""
    alone = place(portrait(320), 10, 100, canvas())
    yield from 2 * list(jitter(two_faces()))
    yield from 2 * list(jitter(alone))


def doubtful_face() -> np.ndarray:
    """The portrait with its mouth out of focus: the model wavers and, on average, gives none more than 40 %."""
    frame = one_face()
    frame[125:168, 250:345] = cv2.GaussianBlur(frame[125:168, 250:345], (0, 0), 9)
    return frame


def doubt_held_still() -> list[np.ndarray]:
    """Eyes and mouth out of focus, and nothing moves: the model gives no expression more than 40 % in any frame."""
    frame = one_face()
    frame[60:168, 230:365] = cv2.GaussianBlur(frame[60:168, 230:365], (0, 0), 5)
    return NUM_FRAMES * [frame]


def dark_face() -> np.ndarray:
    return (one_face() * 0.09).astype(np.uint8)


def photo_of(archive: Path, name: str, side: int = 460) -> np.ndarray:
    """A photo of an archive, square, on the larger canvas."""
    with zipfile.ZipFile(archive) as files:
        photo = cv2.imdecode(np.frombuffer(files.read(name), np.uint8), cv2.IMREAD_COLOR)
    return place(cv2.resize(photo, (side, side), interpolation=cv2.INTER_AREA), 90, 10, canvas())


def ckplus_face(archive: Path, label: str) -> np.ndarray:
    """A posed face of CK+ on a larger canvas: read from the archive, written nowhere but into the camera's film."""
    with zipfile.ZipFile(archive) as files:
        name = sorted(n for n in files.namelist() if n.startswith(f"CK+48/{label}/") and n.endswith(".png"))[
            -1
        ]
        small = cv2.imdecode(np.frombuffer(io.BytesIO(files.read(name)).read(), np.uint8), cv2.IMREAD_COLOR)
    return place(cv2.resize(small, (300, 300), interpolation=cv2.INTER_CUBIC), 170, 90, canvas(70))
