"""What one visitor makes the music do holds up nobody's frames, in real servers of both modes."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.music import sounds
from tests.support.images import face_jpeg
from tests.support.live_client import Client
from tests.support.servers import Server
from tests.support.waiting import wait_until

FRAME_LIMIT_S = 10.0
"""Longest wait for a frame: before these attacks had bounds, none was answered for 45 s or ever."""

NUM = 24


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def server(
    request: pytest.FixtureRequest,
    artifact: Path,
    tmp_path_factory: pytest.TempPathFactory,
    start_server: Callable[..., Server],
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("music")
    sounds.write_tagged(folder / "song.flac", sounds.cheerful(20), title="song", mood="happy")
    running = start_server(
        MODEL_DIR=str(artifact), ASYNC_MODE=request.param, MUSIC_DIR=str(folder), WEB_FETCH="any"
    )
    yield running
    assert running.stop() == 0
    assert "Traceback" not in running.log(), running.log()


@contextmanager
def frames(server: Server) -> Iterator[list[float]]:
    """A visitor whose frames are all answered meanwhile; yields how long each took, in seconds."""
    visitor, took_s, stop = Client(server.url), [], threading.Event()
    failures: list[Exception] = []

    def look() -> None:
        seq = 0
        try:
            while not stop.wait(0.1):
                seq, begun_s = seq + 1, time.monotonic()
                answer = visitor.call({"seq": seq, "t_ms": 1.0}, face_jpeg(), timeout=FRAME_LIMIT_S)
                assert answer["ok"] or answer["error"]["code"] == "server_busy", answer
                took_s.append(time.monotonic() - begun_s)
        except Exception as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    wait_until(lambda: len(took_s) >= 5 or failures, what="the first frames")
    try:
        yield took_s
    finally:
        before = len(took_s)
        wait_until(lambda: len(took_s) > before or failures, what="a frame after the attack")
        stop.set()
        thread.join()
        visitor.close()
    assert not failures, failures
    slowest = sorted(took_s)
    print(
        f"{len(slowest)} frames: p95 {slowest[int(0.95 * len(slowest))]:.3f} s, slowest {slowest[-1]:.3f} s"
    )


def at_once(num: int, ask: Callable[[int], requests.Response]) -> list[int]:
    with ThreadPoolExecutor(num) as visitors:
        return [answer.status_code for answer in visitors.map(ask, range(num))]


def post(server: Server, path: str, **options) -> requests.Response:
    return requests.post(f"{server.url}/api/v1{path}", timeout=60, **options)


def test_many_checks_at_once_on_a_fresh_server_are_answered_or_refused(server):
    def song() -> int | None:
        found = requests.get(f"{server.url}/api/v1/tracks", {"kind": "file"}, timeout=30).json()["tracks"]
        return found[0]["id"] if found else None

    path = f"/tracks/{wait_until(song, 120, 'the song in the catalogue')}/check"
    with frames(server):
        statuses = at_once(NUM, lambda _: post(server, path))
    assert set(statuses) == {200, 503}
    assert post(server, path).json()["state"] == "ok"


@contextmanager
def dripping(*, in_body: bool) -> Iterator[str]:
    """A web server that sends a byte every fifth of a second, for ever."""
    stop = threading.Event()

    def drip(peer: socket.socket) -> None:
        with peer:
            peer.sendall(
                b"HTTP/1.0 200 OK\r\nContent-Type: audio/x-scpls\r\n" + (b"\r\n" if in_body else b"X: ")
            )
            try:
                while not stop.wait(0.2):
                    peer.sendall(b"a")
            except OSError:
                pass  # the one who asked has given up

    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        listener.settimeout(0.2)
        peers = []

        def serve() -> None:
            while not stop.is_set():
                try:
                    peer = listener.accept()[0]
                except TimeoutError:
                    continue
                peers.append(threading.Thread(target=drip, args=(peer,)))
                peers[-1].start()

        serving = threading.Thread(target=serve)
        serving.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            for thread in (serving, *peers):
                thread.join()


@pytest.mark.parametrize("in_body", [True, False])
def test_addresses_that_drip_are_given_up_and_hold_up_nobody(server, in_body):
    begun_s = time.monotonic()
    with dripping(in_body=in_body) as trap, frames(server):
        statuses = at_once(NUM, lambda number: post(server, "/tracks", json={"url": f"{trap}/{number}.pls"}))
    assert set(statuses) == {422, 503}
    assert time.monotonic() - begun_s < 40


@pytest.mark.parametrize("size", [16_000, 900_000])
def test_a_playlist_file_of_line_ends_holds_up_nobody(server, size):
    with frames(server):
        files = {"file": ("a.pls", b"[playlist]" + b"\n" * size)}
        answer = post(server, "/playlists/import", files=files)
    assert answer.status_code in (201, 422)
