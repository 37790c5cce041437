"""Acknowledgement times of a live visitor while another uploads photos or videos.

    python -m benchmarks.serving.uploads [--async-mode eventlet|threading] [--threads 1]

The photos are a phone's (4000 x 3000 JPEGs with one face), eight a request; the videos are ten seconds of 1280 x 720
with the same face, of which the server samples two frames a second. Each kind by itself, one request after the other.
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

from benchmarks.common.data import portrait
from benchmarks.common.interleaved import print_interleaved, run_interleaved
from benchmarks.serving.live import running_server

ROUNDS = 6
FRAMES = 150
PHOTOS_A_REQUEST = 8
VIDEO_S, VIDEO_FPS = 10, 30


def make_photo() -> bytes:
    """Returns a phone's photo: 12 million pixels, the portrait in the middle."""
    random = np.random.default_rng(0)
    photo = cv2.resize(random.integers(40, 200, (60, 80, 3), dtype=np.uint8), (4000, 3000))
    photo[700:2300, 1200:2800] = portrait(1600, enlarge=True)
    noisy = np.clip(photo + random.normal(0, 3, photo.shape), 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


def make_video() -> bytes:
    """Returns an MP4 in which the portrait moves from side to side."""
    random = np.random.default_rng(0)
    background = cv2.resize(random.integers(40, 200, (36, 64, 3), dtype=np.uint8), (1280, 720))
    face = portrait(600, enlarge=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), VIDEO_FPS, (1280, 720))
        for number in range(VIDEO_S * VIDEO_FPS):
            frame = background.copy()
            left = int(340 + 300 * np.sin(number / VIDEO_FPS))
            frame[60:660, left : left + 600] = face
            writer.write(frame)
        writer.release()
        return path.read_bytes()


def _upload_in_rounds(control: Connection, upload: Callable[[], int]) -> None:
    """Uploads in each round; sends the number of answers as expected, and the seconds they took."""
    while control.recv():
        started_s, count = time.perf_counter(), 0
        while not control.poll():
            count += upload()
        control.recv()
        control.send((count, time.perf_counter() - started_s))


def upload_photos(url: str, control: Connection) -> None:
    """Uploads photos and counts them; see `benchmarks.common.interleaved.LoadProcess`."""
    photo = make_photo()

    def upload() -> int:
        files = [("photos", (f"{n}.jpg", photo)) for n in range(PHOTOS_A_REQUEST)]
        answer = requests.post(f"{url}/api/v1/photos", files=files, timeout=300)
        answer.raise_for_status()
        return sum(len(one["faces"]) == 1 for one in answer.json()["results"])

    control.send(len(photo))
    _upload_in_rounds(control, upload)


def upload_videos(url: str, control: Connection) -> None:
    """Uploads videos and counts their sampled frames; see `benchmarks.common.interleaved.LoadProcess`."""
    video = make_video()

    def upload() -> int:
        answer = requests.post(f"{url}/api/v1/videos", files={"video": ("a.mp4", video)}, timeout=300)
        answer.raise_for_status()
        return sum(len(one["faces"]) == 1 for one in answer.json()["samples"])

    control.send(len(video))
    _upload_in_rounds(control, upload)


def main() -> None:
    """Measures the visitor alone and beside uploads of each kind, interleaved; prints both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--async-mode", choices=["eventlet", "threading"], default="eventlet")
    parser.add_argument("--threads", default="1", help="value of PHOTO_THREADS")
    arguments = parser.parse_args()
    settings = {"ASYNC_MODE": arguments.async_mode, "PHOTO_THREADS": arguments.threads}
    print(f"{arguments.async_mode}, PHOTO_THREADS={arguments.threads}\n")
    with running_server(settings) as (url, _):
        for load, what in ((upload_photos, "photos"), (upload_videos, "video frames")):
            measured = run_interleaved(url, load, rounds=ROUNDS, frames=FRAMES)
            count, seconds = (sum(part) for part in zip(*measured.results, strict=True))
            print_interleaved(
                measured, f"{count / seconds:.1f} {what} a second (files of {measured.ready:,} bytes)"
            )


if __name__ == "__main__":
    main()
