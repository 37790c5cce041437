"""The whole live path through a real server: acknowledgement times, frames per second, memory.

One python-socketio client sends 640 x 480 JPEGs of a real face (scikit-image's astronaut, moved a little from frame
to frame), each as soon as the last is acknowledged. Command: `make bench`, or
`python -m benchmarks.serving.live [--frames 5000] [--clients 1]`.
"""

from __future__ import annotations

import argparse
import os
import platform
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import psutil
import socketio

from benchmarks.common.data import portrait

WARM_UP_FRAMES = 50
NUM_IMAGES = 60
STOP_LIMIT_S = 60  # it answers what it has begun for up to 30 s
START_LIMIT_S = 120


def make_frames(*, still: bool = False) -> list[bytes]:
    """Returns 640 x 480 JPEGs: the portrait moves on a textured background as a head does in front of a camera.

    Args:
        still: Whether it stays where it is, as a reader's does; the camera's noise still changes every pixel.
    """
    face = portrait(440)
    random = np.random.default_rng(0)
    background = cv2.resize(random.integers(60, 160, (30, 40, 3), dtype=np.uint8), (640, 480))
    frames = []
    for index in range(NUM_IMAGES):
        angle = 2 * np.pi * index / NUM_IMAGES
        sway = 0 if still else 1
        x, y = int(100 + 40 * sway * np.cos(angle)), int(20 + 15 * sway * np.sin(angle))
        canvas = background.copy()
        canvas[y : y + 440, x : x + 440] = face
        noisy = np.clip(canvas + random.normal(0, 4, canvas.shape), 0, 255).astype(np.uint8)
        frames.append(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes())
    return frames


@contextmanager
def running_server(
    settings: dict[str, str], *, log: Path = Path(os.devnull)
) -> Iterator[tuple[str, psutil.Process]]:
    """Starts `python -m webapp serve` on a free port, yields its address and process, stops it.

    Args:
        settings: Environment variables of the server.
        log: File for what it says; its errors are shown if left out.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        **settings,
        "PORT": str(port),
        "HOST": "127.0.0.1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    with log.open("ab") as said:
        server = subprocess.Popen(
            [sys.executable, "-m", "webapp", "serve"],
            env=environment,
            stdout=said,
            stderr=None if str(log) == os.devnull else said,
        )
    try:
        _wait_until_ready(url, server)
        yield url, psutil.Process(server.pid)
    finally:
        server.terminate()
        try:
            server.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
            raise


def _wait_until_ready(url: str, server: subprocess.Popen) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"The server ended with exit code {server.returncode} before it was ready.")
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"The server was not ready after {START_LIMIT_S} s.")


def memory_mib(process: psutil.Process) -> float:
    """Returns the resident memory of a process and its children in MiB."""
    return sum(p.memory_info().rss for p in [process, *process.children(recursive=True)]) / 2**20


class Visitor:
    """One client that sends the next frame when the last is acknowledged."""

    def __init__(self, url: str, frames: list[bytes]) -> None:
        self.acknowledgement_ms: list[float] = []
        self.stages_ms: list[dict[str, float]] = []
        self.num_with_face = 0
        self.num_refused = 0
        self._frames = frames
        self._client = socketio.Client()
        self._client.connect(url, namespaces=["/live"], transports=["websocket"])

    def send(self, count: int) -> None:
        """Sends `count` frames one after the other and keeps the times of each."""
        for seq in range(count):
            jpeg = self._frames[seq % len(self._frames)]
            started = time.perf_counter()
            reply = self._client.call(
                "frame", ({"seq": seq, "t_ms": started * 1000}, jpeg), namespace="/live"
            )
            self.acknowledgement_ms.append((time.perf_counter() - started) * 1000)
            if reply["ok"]:
                self.stages_ms.append(reply["timing_ms"])
                self.num_with_face += bool(reply["faces"])
            else:
                self.num_refused += 1

    def flood(self, count: int) -> None:
        """Sends `count` frames without waiting for an answer."""
        for seq in range(count):
            jpeg = self._frames[seq % len(self._frames)]
            self._client.emit("frame", ({"seq": seq, "t_ms": 0}, jpeg), namespace="/live")

    def reset(self) -> None:
        """Drops the measurements so far, such as those of the warm-up."""
        self.acknowledgement_ms.clear()
        self.stages_ms.clear()
        self.num_with_face = self.num_refused = 0

    def close(self) -> None:
        """Disconnects."""
        self._client.disconnect()


def measure(url: str, process: psutil.Process, *, num_frames: int, num_clients: int) -> None:
    """Runs the visitors and prints the table."""
    visitors = [Visitor(url, make_frames()) for _ in range(num_clients)]
    for visitor in visitors:
        visitor.send(WARM_UP_FRAMES)
        visitor.reset()
    memory = [memory_mib(process)]
    started = time.perf_counter()
    for _ in range(10):
        threads = [threading.Thread(target=v.send, args=(num_frames // 10,)) for v in visitors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        memory.append(memory_mib(process))
    seconds = time.perf_counter() - started
    for visitor in visitors:
        visitor.close()
    report(visitors, seconds, memory)


def report(visitors: list[Visitor], seconds: float, memory: list[float]) -> None:
    """Prints the measurements as markdown."""
    times = np.concatenate([v.acknowledgement_ms for v in visitors])
    stages = [row for v in visitors for row in v.stages_ms]
    refused, faces = sum(v.num_refused for v in visitors), sum(v.num_with_face for v in visitors)
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {len(visitors)} client(s) on the same cores\n"
    )
    print("| figure | value |\n|---|---|")
    print(f"| frames, of them with a face, refused | {len(times)}, {faces}, {refused} |")
    print(f"| acknowledgement, median / p95 | {np.median(times):.1f} / {np.percentile(times, 95):.1f} ms |")
    print(f"| frames per second | {len(times) / seconds:.1f} |")
    medians = {name: np.median([row[name] for row in stages]) for name in stages[0]}
    print(
        "| of it on the server, medians | " + ", ".join(f"{k} {v:.1f}" for k, v in medians.items()) + " ms |"
    )
    print(f"| server memory at start, half, end | {memory[0]:.0f}, {memory[5]:.0f}, {memory[-1]:.0f} MiB |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--frames", type=int, default=5000, help="per client (default: 5000)")
    parser.add_argument("--clients", type=int, default=1)
    arguments = parser.parse_args()
    with running_server({}) as (url, process):
        measure(url, process, num_frames=arguments.frames, num_clients=arguments.clients)


if __name__ == "__main__":
    main()
