"""Engine.IO made strict: who may come, and who is let go."""

from __future__ import annotations

import pytest

from webapp.concurrency.engine_io import StrictJson, harden


class Engine:
    """Stands in for Engine.IO's server: remembers who came."""

    def __init__(self):
        self._async, self.sockets = {"websocket": None, "sleep": None}, {}
        self.reason = type("Reason", (), {"SERVER_DISCONNECT": "server disconnect"})

    def _handle_connect(self, environ, start_response, transport):
        self.sockets[f"{len(self.sockets)}"] = Visitor()
        return "in"

    def handle_request(self, environ, start_response):
        return []

    def _bad_request(self, message):
        return {"status": "400 BAD REQUEST", "headers": [], "response": message.encode()}


class Visitor:
    closed = None

    def close(self, **how):
        self.closed = how


class Server:
    def __init__(self):
        self.eio, self.environ = Engine(), {}

    def come(self, address):
        environ = {"REMOTE_ADDR": address}
        answer = self.eio._handle_connect(environ, None, "polling")
        if answer == "in":
            self.environ[f"{len(self.environ)}"] = environ
        return answer


def test_an_address_has_its_places_and_all_together_theirs():
    server = Server()
    harden(server, max_visitors=5, per_address=2)
    assert [server.come("192.0.2.1") == "in" for _ in range(3)] == [True, True, False]
    assert server.come("192.0.2.2") == "in"
    assert [server.come("127.0.0.1") == "in" for _ in range(3)] == [True, True, False]  # the house is full
    refused = server.come("192.0.2.3")
    assert refused["status"].startswith("503")
    assert b"Try again later" in refused["response"]


def test_a_network_of_ipv6_is_one_address():
    server = Server()
    harden(server, max_visitors=50, per_address=2)
    assert [server.come(f"2001:db8::{number}") == "in" for number in (1, 2, 3)] == [True, True, False]
    assert server.come("2001:db8:0:1::1") == "in"


def test_nobody_waits_for_a_visitor_who_is_let_go():
    server = Server()
    harden(server, max_visitors=5, per_address=0)
    for _ in range(3):
        server.come("192.0.2.1")
    gone = server.eio.sockets["1"]
    server.eio.disconnect("1")
    assert gone.closed == {"wait": False, "reason": "server disconnect"}
    assert sorted(server.eio.sockets) == ["0", "2"]
    server.eio.disconnect("unknown")
    server.eio.disconnect()
    assert server.eio.sockets == {}


def test_json_fails_in_one_way():
    assert StrictJson.loads(StrictJson.dumps({"a": [1]})) == {"a": [1]}
    for text in ("[" * 100_000, "{", "nothing"):
        with pytest.raises(ValueError, match=r"too deep|Expecting"):
            StrictJson.loads(text)
