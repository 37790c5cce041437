"""What well-behaved visitors notice of a hostile one: `python -m benchmarks.serving.attacks [--only NAME ...]`.

One real server; a visitor sends five frames a second, another a photo every half second, a third asks for the
playlists, and their slowest answers during each attack stand beside those in calm. Each attack is one anonymous client,
in a process of its own, for `--seconds`; afterwards the server has 30 s to give memory and descriptors back.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import http.client
import multiprocessing
import os
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np
import psutil

from benchmarks.serving.hostile import ATTACKS, PROXY
from benchmarks.serving.live import make_frames, memory_mib, running_server
from tests.music.sounds import cheerful, write_tagged
from tests.support.live_client import Client

ATTACKER_NICENESS = 5
"""An attacker's own work is done on another machine; here all share the cores."""

RECOVERY_S = 30.0
CALM_S = 20.0
WARM_UP_CLIENTS = 24
FRAME_EVERY_S = 0.2
ASK_EVERY_S = 0.5
PHOTO_SIDE = 1600
LIMIT_MS, TIMES_CALM = 500.0, 3.0
"""No answer takes longer, or than so many times the 95th percentile in calm."""


@dataclass
class Answers:
    """How long answers took, in milliseconds, and how many requests had none."""

    ms: list[float] = field(default_factory=list)
    lost: int = 0

    def take(self, ask: Callable[[], object]) -> None:
        """Asks, and notes how long it took."""
        started_s = time.perf_counter()
        try:
            ask()
            self.ms.append((time.perf_counter() - started_s) * 1000)
        except Exception as error:  # noqa: BLE001 - whatever it is, there was no answer
            print(f"no answer: {error!r}", file=sys.stderr)
            self.lost += 1

    def percentile(self, share: float) -> float:
        """Returns a percentile in milliseconds."""
        return float(np.percentile(self.ms, share)) if self.ms else float("nan")

    def __str__(self) -> str:
        shown = " / ".join(f"{self.percentile(share):.0f}" for share in (50, 95, 100))
        return shown + (f", {self.lost} lost" if self.lost else "")


class Visitors:
    """Three who use the server as it is meant."""

    def __init__(self, url: str) -> None:
        self._client, self._frames, self._seq = Client(url), make_frames(), 0
        self._netloc = urlsplit(url).netloc
        photo = cv2.resize(
            cv2.imdecode(np.frombuffer(self._frames[0], np.uint8), 1), (PHOTO_SIDE, PHOTO_SIDE * 3 // 4)
        )
        head = b'--x\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\n\r\n'
        self._form = head + cv2.imencode(".jpg", photo)[1].tobytes() + b"\r\n--x--\r\n"

    def frame(self) -> None:
        """Sends a frame; raises an exception if it is neither answered nor refused by name."""
        self._seq += 1
        answer = self._client.frame(self._frames[self._seq % len(self._frames)], seq=self._seq)
        if not answer["ok"]:
            raise RuntimeError(answer)

    def photo(self) -> None:
        """Has a photo read."""
        self._request(
            "POST", "/api/v1/photos", self._form, {"Content-Type": "multipart/form-data; boundary=x"}
        )

    def playlists(self) -> None:
        """Asks for the playlists."""
        self._request("GET", "/api/v1/playlists", b"", {})

    def _request(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
        connection = http.client.HTTPConnection(self._netloc, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            if answer.read() and answer.status != 200:
                raise RuntimeError(answer.status)

    def use(self, stop: Callable[[], bool]) -> dict[str, Answers]:
        """Lets the three go on until told otherwise; returns their answers."""
        tasks = {"frames": (self.frame, FRAME_EVERY_S), "photos": (self.photo, ASK_EVERY_S)}
        tasks["playlists"] = (self.playlists, ASK_EVERY_S)
        answers = {name: Answers() for name in tasks}

        def go_on(name: str) -> None:
            ask, every_s = tasks[name]
            while not stop():
                due_s = time.perf_counter() + every_s
                answers[name].take(ask)
                time.sleep(max(0.0, due_s - time.perf_counter()))

        threads = [threading.Thread(target=go_on, args=(name,)) for name in tasks]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers


@functools.cache
def attackers() -> Any:
    """Returns the maker of attackers' processes: clean ones, but this module is imported once for all of them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    return context


def attack(name: str, url: str, seconds: float) -> None:
    """Runs an attack in this process, which is not the visitors' and leaves the processor to the server and to them."""
    os.nice(ATTACKER_NICENESS)
    ATTACKS[name](url, seconds)


def num_files(server: psutil.Process) -> int:
    """Returns the number of files that the server's processes have open."""
    return sum(one.num_fds() for one in [server, *server.children(recursive=True)])


@dataclass(frozen=True)
class Noticed:
    """What one attack did."""

    answers: dict[str, Answers]
    more_mib: float
    more_files: int


def measure(
    name: str, visitors: Visitors, url: str, server: psutil.Process, seconds: float, *, spare_files: int = 0
) -> Noticed:
    """Attacks a server for a while beside its visitors, and waits until it has recovered.

    Args:
        name: Key of `ATTACKS`.
        visitors: Those beside it.
        url: Address of the server.
        server: Its process.
        seconds: Length of the attack.
        spare_files: Files that it may keep: with no more it counts as recovered.
    """
    before_mib, before_files = memory_mib(server), num_files(server)
    process = attackers().Process(target=attack, args=(name, url, seconds))
    process.start()
    answers = visitors.use(lambda: not process.is_alive())
    process.join()
    until_s = time.monotonic() + RECOVERY_S
    while time.monotonic() < until_s and num_files(server) > before_files + spare_files:
        time.sleep(0.2)
    return Noticed(answers, memory_mib(server) - before_mib, num_files(server) - before_files)


def during(seconds: float) -> Callable[[], bool]:
    """Returns a function that says whether the time is over."""
    until_s = time.monotonic() + seconds
    return lambda: time.monotonic() >= until_s


def excess(answers: dict[str, Answers], calm: dict[str, Answers]) -> str:
    """Returns whose slowest answer is above the limits, as text."""
    over = [
        name
        for name, one in answers.items()
        if one.lost or one.percentile(100) > min(LIMIT_MS, max(TIMES_CALM * calm[name].percentile(95), 1))
    ]
    return ", ".join(over) or "-"


@contextlib.contextmanager
def attacked_server(**more: str) -> Iterator[tuple[str, psutil.Process, Path]]:
    """Starts a server with a song, which may fetch addresses of this machine.

    Args:
        more: Further settings.

    Yields its address, its process and the song's folder.
    """
    with tempfile.TemporaryDirectory() as folder:
        music = Path(folder) / "music"
        write_tagged(music / "song.flac", cheerful(20), title="song", mood="happy")
        settings = {"DATA_DIR": folder, "MUSIC_DIR": str(music), "WEB_FETCH": "any", "TRUSTED_PROXIES": PROXY}
        settings |= more
        with running_server(settings) as (url, server):
            until_s = time.monotonic() + 120
            while time.monotonic() < until_s:
                with urllib.request.urlopen(f"{url}/api/v1/tracks?kind=file", timeout=30) as answer:
                    if b"song" in answer.read():
                        break
                time.sleep(0.5)
            yield url, server, music


def main() -> None:
    """Attacks one server in turn and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=ATTACKS, default=list(ATTACKS), metavar="NAME")
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each attack (default: 10)")
    arguments = parser.parse_args()
    print(
        "| attack | frames: p50 / p95 / slowest, ms | photos | playlists | above the limits | MiB | files |"
    )
    print("|---|---|---|---|---|---|---|")
    with attacked_server() as (url, server, _):
        visitors = Visitors(url)
        with ThreadPoolExecutor(WARM_UP_CLIENTS) as clients:  # connections to the database are kept
            list(clients.map(lambda _: visitors.playlists(), range(10 * WARM_UP_CLIENTS)))
        visitors.use(during(CALM_S / 2))  # the server is warm by now
        calm = visitors.use(during(CALM_S))
        print(f"| none | {' | '.join(map(str, calm.values()))} | | | |", flush=True)
        for name in arguments.only:
            one = measure(name, visitors, url, server, arguments.seconds)
            print(
                f"| {name} | {' | '.join(map(str, one.answers.values()))} | {excess(one.answers, calm)} | "
                f"{one.more_mib:+.0f} | {one.more_files:+d} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
