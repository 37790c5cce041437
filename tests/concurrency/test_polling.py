"""What visitors without a websocket may post, and how fast."""

from __future__ import annotations

import base64
import io

import pytest

from webapp.concurrency import polling
from webapp.concurrency.polling import PolledPosts

LIMIT = 1_000_000
PICTURE = b"b" + base64.b64encode(bytes(9_000))


class Visitor:
    pass


class Engine:
    """Stands in for Engine.IO's server: hands on what it was given."""

    max_http_buffer_size = LIMIT

    def __init__(self):
        self.sockets = {"known": Visitor()}

    def handle_request(self, environ, start_response):
        length = int(environ["CONTENT_LENGTH"])
        return environ["wsgi.input"].read(length) if length <= LIMIT else "refused"


@pytest.fixture
def engine():
    made = Engine()
    made.handle_request = PolledPosts(made)
    return made


@pytest.fixture
def slept(monkeypatch):
    """The seconds that were slept, while the clock stands still."""
    pauses = []
    monkeypatch.setattr(polling.time, "sleep", pauses.append)
    monkeypatch.setattr(polling.time, "monotonic", lambda: 100.0)
    return pauses


def post(engine, body, sid="known"):
    environ = {
        "REQUEST_METHOD": "POST",
        "QUERY_STRING": f"EIO=4&transport=polling&sid={sid}",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    return engine.handle_request(environ, None)


@pytest.mark.parametrize(
    "body",
    [
        b"3",
        b"40/live,",
        b'42/live,["settings",{}]',
        b'451-/live,["frame",{"_placeholder":true,"num":0}]\x1e' + PICTURE,
        b"b",
        b"4" + b"1" * 16_000,
        "42/live,[\"größer\"]".encode(),
    ],
)  # fmt: skip
def test_what_a_client_posts_comes_through(engine, body):
    assert post(engine, body) == body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x",
        b"d=4",
        b"d=4&" + b"a=1&" * 100,
        b"\xff",
        b"4\xff",
        b"4" + b"1" * 17_000,
        b"\x1e".join([b"4" + b"1" * 2_000] * 9),
        b"\x1e".join([b"3"] * 17),
        b"3\x1e",
        b"6",
        b"bA",
        b"b====",
        b"b" + b"!" * 8,
        bytes(LIMIT + 1),
    ],
    ids=lambda body: repr(body[:8]) + str(len(body)),
)
def test_what_no_client_posts_is_refused_unread(engine, body):
    assert post(engine, body) == "refused"


def test_a_short_body_is_as_long_as_what_came(engine):
    environ = {"REQUEST_METHOD": "POST", "QUERY_STRING": "sid=known", "CONTENT_LENGTH": "900"}
    assert engine.handle_request({**environ, "wsgi.input": io.BytesIO(b"3")}, None) == b"3"


def test_others_are_left_to_engine_io(engine):
    assert post(engine, b"x", sid="unknown") == b"x"
    environ = {"REQUEST_METHOD": "GET", "CONTENT_LENGTH": "1", "wsgi.input": io.BytesIO(b"x")}
    assert engine.handle_request(environ, None) == b"x"


def test_texts_weigh_more_than_pictures_and_a_flood_is_let_go(engine, slept):
    for _ in range(4):
        assert post(engine, b"3") == b"3"
    assert slept == []
    assert post(engine, PICTURE) == PICTURE
    assert slept == [0.0]  # noticed, so that others run in between, and not yet too fast
    text = b"4" + b"1" * 16_000
    answers = [post(engine, text) for _ in range(60)]
    assert slept[1] == 0 < slept[2] < slept[3] < max(slept) <= polling.LONGEST_PAUSE_S
    assert answers[0] == text
    assert answers[-1] == "refused"
    engine.sockets["another"] = Visitor()
    assert post(engine, b"3", sid="another") == b"3"
