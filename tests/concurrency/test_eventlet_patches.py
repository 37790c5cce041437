"""The repairs of eventlet: each does what it promises, and an eventlet that changed is left alone with a warning."""

import logging
import socket
import warnings

import numpy as np
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # eventlet's warning about itself
    import eventlet
    from eventlet import websocket

from webapp.concurrency import eventlet_patches

stock_apply_mask = websocket.RFC6455WebSocket.__dict__["_apply_mask"].__func__


@pytest.mark.parametrize("length", [*range(10), 1000, 1003])
@pytest.mark.parametrize("offset", [0, 1, 2, 3, 4, 1001])
def test_it_agrees_with_the_stock_function(length, offset):
    data = np.random.default_rng(length).integers(0, 256, length, dtype=np.uint8).tobytes()
    mask = (17, 255, 0, 3)  # eventlet passes four numbers
    assert eventlet_patches.apply_mask(data, mask, length=length, offset=offset) == stock_apply_mask(
        data, mask, length=length, offset=offset
    )


def test_it_uses_only_the_length_asked_for():
    assert eventlet_patches.apply_mask(bytes(8), (1, 2, 3, 4), length=5) == bytes((1, 2, 3, 4, 1))


def test_it_takes_the_place_of_the_stock_function(monkeypatch):
    monkeypatch.setattr(websocket.RFC6455WebSocket, "_apply_mask", staticmethod(stock_apply_mask))
    assert eventlet_patches.patch_unmask()
    assert websocket.RFC6455WebSocket._apply_mask is eventlet_patches.apply_mask


def test_an_eventlet_that_moved_it_keeps_its_own_and_warns(monkeypatch, caplog):
    monkeypatch.delattr(websocket.RFC6455WebSocket, "_apply_mask")
    with caplog.at_level(logging.WARNING):
        assert not eventlet_patches.patch_unmask()
    assert "another websocket unmask than expected" in caplog.text


def test_an_eventlet_that_changed_it_keeps_its_own(monkeypatch):
    monkeypatch.setattr(websocket.RFC6455WebSocket, "_apply_mask", staticmethod(lambda data: data))
    assert not eventlet_patches.patch_unmask()


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


def test_others_run_before_each_message(monkeypatch):
    order = []
    monkeypatch.setattr(websocket.RFC6455WebSocket, "wait", lambda self: order.append("message") or "text")
    monkeypatch.setattr(eventlet, "sleep", lambda seconds: order.append(f"others, {seconds:.0f} s"))
    assert eventlet_patches.patch_rate_limit()

    class Socket:
        wait = websocket.RFC6455WebSocket.wait

    assert Socket().wait() == "text"
    assert order == ["others, 0 s", "message"]


def test_a_burst_is_read_at_once_and_a_flood_at_an_even_rate():
    pace = eventlet_patches.RateLimiter()
    pauses = [pace.pause_s(100.0) for _ in range(int(eventlet_patches.BURST) + 3)]
    assert max(pauses[: int(eventlet_patches.BURST) + 1]) == pytest.approx(0)
    assert pauses[-2:] == pytest.approx(
        [1 / eventlet_patches.MESSAGES_PER_S, 2 / eventlet_patches.MESSAGES_PER_S]
    )


def test_a_camera_is_never_held_back():
    pace = eventlet_patches.RateLimiter()
    times = [n / 60 for n in range(1000) for _ in range(2)]  # 60 frames a second of two messages
    assert max(pace.pause_s(now) for now in times) == 0


def test_an_eventlet_that_reads_otherwise_is_left_alone(monkeypatch, caplog):
    monkeypatch.setattr(websocket, "RFC6455WebSocket", object)
    assert not eventlet_patches.patch_rate_limit()
    assert "a flood may delay others" in caplog.text
