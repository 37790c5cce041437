"""A record of the log is one line, and nothing in it moves a terminal."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import socket
import sys

import pytest

from tests.support.app import make_app
from webapp.web.logs import FORMAT, EscapingFormatter, JsonFormatter

FORGED = "x\n2026-11-29 10:00:00,000 ERROR webapp: FORGED"


def line(message: str, *arguments: object, exc_info: object = None) -> str:
    record = logging.LogRecord("webapp", logging.ERROR, __file__, 1, message, arguments, exc_info)
    return EscapingFormatter(FORMAT).format(record)


@pytest.mark.parametrize(
    "text", [FORGED, "x\r\nFORGED", "x\x1b[2J", "x\x9b2J", "x\u2028FORGED", "x\u202eDEGROF", "x\x00\x07\x7f"]
)
def test_control_characters_are_escaped(text):
    for said in (line(text), line("%s", text)):
        assert said.isprintable()
        assert len(said.splitlines()) == 1


def test_other_letters_stay():
    assert line("Grüße, 你好 \\n").endswith("webapp: Grüße, 你好 \\n")


def test_no_line_of_a_traceback_can_pass_for_a_record():
    try:
        raise ValueError(FORGED)
    except ValueError:
        said = line("a frame failed", exc_info=sys.exc_info())
    first, *others = said.splitlines()
    assert first.endswith("a frame failed")
    assert "    Traceback (most recent call last):" in others
    assert all(other.startswith("    ") for other in others)


def test_the_socket_libraries_have_no_handler_of_their_own():
    make_app()
    for name in ("engineio.server", "socketio.server"):
        assert logging.getLogger(name).handlers == []
        assert logging.getLogger(name).level == logging.ERROR


def test_a_real_server_escapes_what_a_visitor_sends(artifact, start_server):
    server = start_server(MODEL_DIR=str(artifact))
    assert (
        server.get("/socket.io/?EIO=4&transport=polling&sid=x%0A2026-11-29%20ERROR%20webapp:%20FORGED") == 400
    )
    assert server.stop() == 0
    said = [line for line in server.own_lines() if "FORGED" in line]
    assert len(said) == 1, server.log()
    assert "\\n2026-11-29 ERROR webapp: FORGED" in said[0]


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
@pytest.mark.parametrize(
    "body",
    [
        b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcdefgh",
        b"Content-Length: 9\r\n\r\nab",
        b"Content-Length: -1\r\n\r\n",
        b"X\x00Y: a\r\n\r\n",
        b"X: " + 20_000 * b"a" + b"\r\n\r\n",
    ],
    ids=["chunk size", "chunk end", "cut short", "negative", "header name", "long header"],
)
def test_a_request_that_is_none_costs_no_line(server_of, mode, body):
    """A chunk of no size cost 24 lines."""
    server = server_of(mode)
    before = len(server.own_lines())
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as peer:
            peer.sendall(b"POST /photos HTTP/1.1\r\nHost: localhost\r\n" + body)
            peer.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while peer.recv(4096):
                    pass
    assert server.get("/healthz") == 200
    assert server.own_lines()[before:] == []


def test_a_record_of_json_is_one_line_whatever_is_in_it():
    try:
        raise ValueError(FORGED)
    except ValueError:
        record = logging.LogRecord(
            "webapp", logging.ERROR, __file__, 1, "%s \u202e", (FORGED,), sys.exc_info()
        )
    said = JsonFormatter().format(record)
    assert said.isprintable()
    assert said.isascii()
    read = json.loads(said)
    assert list(read) == ["time", "level", "logger", "message", "exception"]
    assert (read["level"], read["logger"], read["message"]) == ("error", "webapp", f"{FORGED} \u202e")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", read["time"])
    assert "ValueError" in read["exception"]


def test_lines_about_a_request_have_its_id_and_its_answer_too(caplog):
    client = make_app(LOG_LEVEL="debug").test_client()
    caplog.set_level(logging.DEBUG, "webapp")
    caplog.handler.setFormatter(EscapingFormatter(FORMAT))
    answer = client.get("/healthz?secret=1")
    (said,) = [one for one in caplog.text.splitlines() if "/healthz" in one]
    own = answer.headers["X-Request-ID"]
    assert re.fullmatch(r"[0-9a-f]{16}", own)
    assert re.search(rf"GET /healthz: 200 in \d+ ms \[request {own}\]$", said)
    assert "secret" not in caplog.text
    assert client.get("/healthz").headers["X-Request-ID"] != own


@pytest.mark.parametrize(
    ("address", "given", "is_kept"),
    [
        ("127.0.0.1", "proxy-0123.45_6", True),  # one of TRUSTED_PROXIES
        ("127.0.0.1", "short", False),
        ("127.0.0.1", "x" * 65, False),
        ("127.0.0.1", "forged line [request", False),
        ("203.0.113.9", "proxy-0123.45_6", False),  # a visitor's own could be another's
    ],
)
def test_a_proxys_id_is_kept_and_nobody_elses(address, given, is_kept):
    client = make_app().test_client()
    answer = client.get(
        "/healthz", headers={"X-Request-ID": given}, environ_overrides={"REMOTE_ADDR": address}
    )
    assert (answer.headers["X-Request-ID"] == given) is is_kept


def test_a_real_server_writes_nothing_but_json(artifact, start_server):
    server = start_server(MODEL_DIR=str(artifact), LOG_FORMAT="json", LOG_LEVEL="debug")
    assert server.get("/about?secret=1") == 200
    assert server.get("/nowhere%0A2026-11-29%20ERROR%20webapp:%20FORGED") == 404
    assert server.stop() == 0
    lines = [json.loads(line) for line in server.own_lines() if line.startswith("{")]
    others = [line for line in server.own_lines() if not line.startswith("{")]
    assert [line.split()[0] for line in others] == ["Loading", "Countenance"]  # what people see at the start
    asked = {
        line["message"].partition(":")[0]: line for line in lines if line["logger"] == "webapp.pages.health"
    }
    assert asked["GET /about"]["request"] != asked["GET none"]["request"]
    assert "secret" not in server.log()
    assert "FORGED" not in server.log()
