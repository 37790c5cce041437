from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import socketio

from tests.server.pictures import face_jpeg
from tests.servers import Server


class Client:
    """A visitor: the real python-socketio client over a websocket."""

    def __init__(self, url: str) -> None:
        self.hello: dict = {}
        self._greeted = threading.Event()
        self.connection = socketio.Client(reconnection=False)
        self.connection.on("hello", self._on_hello, namespace="/live")
        self.connection.connect(url, namespaces=["/live"], transports=["websocket"], wait_timeout=30)
        assert self._greeted.wait(30)

    def _on_hello(self, message: dict) -> None:
        self.hello = message
        self._greeted.set()

    def call(self, *arguments: object, event: str = "frame", timeout: float = 30) -> dict:
        return self.connection.call(event, arguments, namespace="/live", timeout=timeout)

    def frame(self, jpeg: object, seq: int = 1) -> dict:
        return self.call({"seq": seq, "t_ms": 1.0}, jpeg)

    def close(self) -> None:
        self.connection.disconnect()


@pytest.fixture(scope="package", params=["eventlet", "threading"])
def server(
    request: pytest.FixtureRequest, artifact: Path, start_server: Callable[..., Server]
) -> Iterator[Server]:
    """The server process in each asynchronous mode; it must survive everything that the tests do to it."""
    running = start_server(MODEL_DIR=str(artifact), ASYNC_MODE=request.param)
    first = running.process.pid
    yield running
    assert running.alive(), running.log()
    assert running.process.pid == first
    assert running.stop() == 0
    said = running.own_lines()
    assert [line.partition(" ")[0] for line in said] == ["Loading", "Countenance"], (
        said
    )  # no visitor's address


@pytest.fixture
def connect(server: Server) -> Iterator[Callable[[], Client]]:
    clients: list[Client] = []

    def make() -> Client:
        clients.append(Client(server.url))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    return face_jpeg()
