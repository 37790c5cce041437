"""What a live visitor notices of photos and clips that somebody uploads beside: `python -m benchmarks.serving.uploads`.

`[--async-mode eventlet|threading] [--threads 1]`. The photos are a phone's (4000 x 3000 JPEGs with one face), eight
a request; the clips are ten seconds of 1280 x 720 with the same face, two pictures a second; each kind by itself, one
request after the other.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import cv2
import numpy as np
import requests
from skimage import data

from benchmarks.common.interleaved import print_turns, take_turns
from benchmarks.serving.live import running_server

ROUNDS = 6
FRAMES = 150
PHOTOS_A_REQUEST = 8
CLIP_S, CLIP_FPS = 10, 30


def _portrait(side: int) -> np.ndarray:
    return cv2.resize(cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR), (side, side))


def make_photo() -> bytes:
    """Returns a phone's photo: 12 million pixels, the portrait in the middle."""
    random = np.random.default_rng(0)
    photo = cv2.resize(random.integers(40, 200, (60, 80, 3), dtype=np.uint8), (4000, 3000))
    photo[700:2300, 1200:2800] = _portrait(1600)
    noisy = np.clip(photo + random.normal(0, 3, photo.shape), 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


def make_clip() -> bytes:
    """Returns an MP4 in which the portrait moves from side to side."""
    random = np.random.default_rng(0)
    background = cv2.resize(random.integers(40, 200, (36, 64, 3), dtype=np.uint8), (1280, 720))
    portrait = _portrait(600)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), CLIP_FPS, (1280, 720))
        for number in range(CLIP_S * CLIP_FPS):
            frame = background.copy()
            left = int(340 + 300 * np.sin(number / CLIP_FPS))
            frame[60:660, left : left + 600] = portrait
            writer.write(frame)
        writer.release()
        return path.read_bytes()


def _upload_until_told(told: Connection, upload: Callable[[], int]) -> None:
    """Uploads in each round; sends what came back as expected, and the seconds it took."""
    while told.recv():
        started_s, count = time.perf_counter(), 0
        while not told.poll():
            count += upload()
        told.recv()
        told.send((count, time.perf_counter() - started_s))


def upload_photos(url: str, told: Connection) -> None:
    """Uploads photos and counts them; see `benchmarks.common.interleaved.Other`."""
    photo = make_photo()

    def upload() -> int:
        files = [("photos", (f"{n}.jpg", photo)) for n in range(PHOTOS_A_REQUEST)]
        answer = requests.post(f"{url}/api/v1/photos", files=files, timeout=300)
        answer.raise_for_status()
        return sum(len(one["faces"]) == 1 for one in answer.json()["results"])

    told.send(len(photo))
    _upload_until_told(told, upload)


def upload_clips(url: str, told: Connection) -> None:
    """Uploads clips and counts their pictures; see `benchmarks.common.interleaved.Other`."""
    clip = make_clip()

    def upload() -> int:
        answer = requests.post(f"{url}/api/v1/videos", files={"video": ("a.mp4", clip)}, timeout=300)
        answer.raise_for_status()
        return sum(len(one["faces"]) == 1 for one in answer.json()["samples"])

    told.send(len(clip))
    _upload_until_told(told, upload)


def main() -> None:
    """Takes turns: the visitor alone, then beside uploads of each kind; prints both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--async-mode", choices=["eventlet", "threading"], default="eventlet")
    parser.add_argument("--threads", default="1", help="PHOTO_THREADS")
    arguments = parser.parse_args()
    settings = {"ASYNC_MODE": arguments.async_mode, "PHOTO_THREADS": arguments.threads}
    print(f"{arguments.async_mode}, PHOTO_THREADS={arguments.threads}\n")
    with running_server(settings) as (url, _):
        for other, what in ((upload_photos, "photos"), (upload_clips, "pictures of clips")):
            turns = take_turns(url, other, rounds=ROUNDS, frames=FRAMES)
            count, seconds = (sum(part) for part in zip(*turns.did, strict=True))
            print_turns(turns, f"{count / seconds:.1f} {what} a second (files of {turns.ready:,} bytes)")


if __name__ == "__main__":
    main()
