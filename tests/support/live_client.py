from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import socketio

from tests.support.images import face_jpeg
from tests.support.servers import Server


class Client:
    """A visitor: the real python-socketio client, over a websocket unless told otherwise."""

    def __init__(self, url: str, transport: str = "websocket") -> None:
        self.hello: dict = {}
        self._greeted = threading.Event()
        self.connection = socketio.Client(reconnection=False)
        self.connection.on("hello", self._on_hello, namespace="/live")
        self.connection.connect(url, namespaces=["/live"], transports=[transport], wait_timeout=30)
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


@pytest.fixture(scope="session")
def server_of(artifact: Path, start_server: Callable[..., Server]) -> Iterator[Callable[[str], Server]]:
    """Returns a function that gives the server of an asynchronous mode, started at the first call.

    A server must survive everything that the tests do to it.
    """
    running: dict[str, Server] = {}
    pids: dict[str, int] = {}

    def get(mode: str) -> Server:
        if mode not in running:
            running[mode] = start_server(MODEL_DIR=str(artifact), ASYNC_MODE=mode)
            pids[mode] = running[mode].process.pid
        return running[mode]

    yield get
    for mode, server in running.items():
        assert server.alive(), server.log()
        assert server.process.pid == pids[mode]
        assert server.stop() == 0
        said = server.own_lines()
        # No visitor's address.
        assert [line.partition(" ")[0] for line in said] == ["Loading", "Countenance"], said


@pytest.fixture(scope="module", params=["eventlet", "threading"])
def each_server(request: pytest.FixtureRequest, server_of: Callable[[str], Server]) -> Server:
    """The server process with the tiny model, in each asynchronous mode."""
    return server_of(request.param)


@pytest.fixture
def connect(each_server: Server) -> Iterator[Callable[[], Client]]:
    clients: list[Client] = []

    def make() -> Client:
        clients.append(Client(each_server.url))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture(scope="session")
def jpeg() -> bytes:
    return face_jpeg()
