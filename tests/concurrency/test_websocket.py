"""The sockets' own websocket: who does not read what the server says is not listened to either."""

from __future__ import annotations

import queue
import socket
import threading
import time

import pytest

from tests.support.raw_websocket import TEXT, frame
from webapp.concurrency import websocket
from webapp.concurrency.websocket import MAX_UNSENT, WebSocket


class Engine:
    """Stands in for Engine.IO's server and its socket of a visitor, for whom so many answers wait."""

    max_http_buffer_size = 1000

    def __init__(self, num_unsent):
        self.queue: queue.Queue = queue.Queue()
        for number in range(num_unsent):
            self.queue.put(number)
        self.heard = []

    def handle(self, ws):
        self.heard.append(ws.wait())


def visit(engine):
    """A visitor says `42` and stays; returns the seconds until the visit is over."""
    ours, theirs = socket.socketpair()
    environ = {
        "werkzeug.socket": theirs,
        "HTTP_HOST": "localhost",
        "HTTP_UPGRADE": "websocket",
        "HTTP_CONNECTION": "Upgrade",
        "HTTP_SEC_WEBSOCKET_KEY": "AAAAAAAAAAAAAAAAAAAAAA==",
        "HTTP_SEC_WEBSOCKET_VERSION": "13",
    }
    with ours, theirs:
        ours.sendall(frame(TEXT, b"42"))
        started_s = time.monotonic()
        with pytest.raises(ConnectionError, match="over"):
            WebSocket(engine.handle, engine)(environ, lambda *_: None)
        return time.monotonic() - started_s


def test_a_visitor_who_reads_is_heard_at_once():
    engine = Engine(MAX_UNSENT)
    assert visit(engine) < 1
    assert engine.heard == ["42"]


def test_one_who_does_not_read_is_let_go(monkeypatch):
    """Their answers were kept without end, as long as they answered the pings."""
    monkeypatch.setattr(websocket, "UNSENT_LIMIT_S", 0.3)
    engine = Engine(MAX_UNSENT + 1)
    visit(engine)
    assert engine.heard == [None]


def test_one_who_catches_up_is_heard():
    engine = Engine(MAX_UNSENT + 5)

    def catch_up():
        time.sleep(0.2)
        for _ in range(5):
            engine.queue.get()

    thread = threading.Thread(target=catch_up)
    thread.start()
    assert 0.15 < visit(engine) < websocket.UNSENT_LIMIT_S
    thread.join()
    assert engine.heard == ["42"]
