import socket

import pytest

from tests.unit.test_unmask import websocket
from webapp.concurrency import eventlet_patches


class Stock:
    closed = 0

    def close(self, close_data=None):
        self.closed += 1
        self.socket.close()


@pytest.fixture
def stock(monkeypatch):
    monkeypatch.setattr(websocket, "RFC6455WebSocket", type("Stock", (Stock,), {"close": Stock.close}))
    return websocket.RFC6455WebSocket


def test_a_websocket_is_closed_once(stock):
    assert eventlet_patches.patch_close()
    ours = stock()
    ours.socket, theirs = socket.socketpair()
    with theirs:
        ours.close(close_data=(1000, ""))
        ours.close()
    assert ours.closed == 1


def test_an_eventlet_that_closes_otherwise_keeps_its_own_way_and_warns(monkeypatch, caplog):
    monkeypatch.setattr(websocket, "RFC6455WebSocket", object)
    assert not eventlet_patches.patch_close()
    assert "closes websockets in another way" in caplog.text
