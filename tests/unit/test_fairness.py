import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # eventlet's warning about itself
    import eventlet
    from eventlet import websocket

from webapp import fairness


def test_others_run_before_each_message(monkeypatch):
    order = []
    monkeypatch.setattr(websocket.RFC6455WebSocket, "wait", lambda self: order.append("message") or "text")
    monkeypatch.setattr(eventlet, "sleep", lambda seconds: order.append(f"others, {seconds} s"))
    assert fairness.install()
    assert websocket.RFC6455WebSocket.wait(None) == "text"
    assert order == ["others, 0 s", "message"]


def test_an_eventlet_that_reads_otherwise_is_left_alone(monkeypatch, caplog):
    monkeypatch.setattr(websocket, "RFC6455WebSocket", object)
    assert not fairness.install()
    assert "a flood may delay others" in caplog.text
