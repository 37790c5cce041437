"""What a live visitor notices of photos that somebody uploads beside: `python -m benchmarks.uploads`.

`[--async-mode eventlet|threading] [--threads 1]`. The uploads are phone photos (4000 x 3000 JPEGs with one real face),
eight a request, one request after the other, from a process of their own: its work is not the visitor's.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from multiprocessing.connection import Connection

import cv2
import numpy as np
import requests
from skimage import data

from benchmarks.live import Visitor, make_frames, running_server

ROUNDS = 6
FRAMES = 150
PHOTOS_A_REQUEST = 8


def make_photo() -> bytes:
    """Returns a phone's photo: 12 million pixels, the portrait in the middle."""
    random = np.random.default_rng(0)
    photo = cv2.resize(random.integers(40, 200, (60, 80, 3), dtype=np.uint8), (4000, 3000))
    portrait = cv2.resize(cv2.cvtColor(data.astronaut(), cv2.COLOR_RGB2BGR), (1600, 1600))
    photo[700:2300, 1200:2800] = portrait
    noisy = np.clip(photo + random.normal(0, 3, photo.shape), 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


def upload_when_told(url: str, told: Connection) -> None:
    """Runs in the uploader's process: for every `True` uploads until told to stop; answers with photos and seconds."""
    photo = make_photo()
    told.send(len(photo))
    while told.recv():
        started_s, count = time.perf_counter(), 0
        while not told.poll():
            files = [("photos", (f"{n}.jpg", photo)) for n in range(PHOTOS_A_REQUEST)]
            answer = requests.post(f"{url}/api/v1/photos", files=files, timeout=300)
            answer.raise_for_status()
            count += sum(len(one["faces"]) == 1 for one in answer.json()["results"])
        told.recv()
        told.send((count, time.perf_counter() - started_s))


def main() -> None:
    """Takes turns: the visitor alone, then beside uploads; prints both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--async-mode", choices=["eventlet", "threading"], default="eventlet")
    parser.add_argument("--threads", default="1", help="PHOTO_THREADS")
    arguments = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    alone: list[float] = []
    beside: list[float] = []
    photos, seconds = 0, 0.0
    with running_server({"ASYNC_MODE": arguments.async_mode, "PHOTO_THREADS": arguments.threads}) as (url, _):
        visitor = Visitor(url, make_frames())
        tell, told = spawn.Pipe()
        uploader = spawn.Process(target=upload_when_told, args=(url, told), daemon=True)
        uploader.start()
        num_bytes = tell.recv()
        visitor.send(FRAMES)
        visitor.forget()
        for _ in range(ROUNDS):
            visitor.send(FRAMES)
            alone += visitor.acknowledgement_ms
            visitor.forget()
            tell.send(True)
            visitor.send(FRAMES)
            tell.send(True)
            beside += visitor.acknowledgement_ms
            visitor.forget()
            count, spent_s = tell.recv()
            photos, seconds = photos + count, seconds + spent_s
        tell.send(False)
        uploader.join()
    print(f"{arguments.async_mode}, PHOTO_THREADS={arguments.threads}, photos of {num_bytes} bytes\n")
    print("| acknowledgement, ms | median | p95 | slowest |\n|---|---|---|---|")
    for name, times in (("alone", alone), (f"beside {photos / seconds:.1f} photos a second", beside)):
        print(f"| {name} | {np.median(times):.1f} | {np.percentile(times, 95):.1f} | {max(times):.1f} |")


if __name__ == "__main__":
    main()
