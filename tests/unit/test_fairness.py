import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # eventlet's warning about itself
    import eventlet
    from eventlet import websocket

import pytest

from webapp.concurrency import eventlet_patches


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
