"""Requests that no client of ours sends, by kind; the same `Random` gives the same ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote

from tests.support.mutations import mutated


@dataclass(frozen=True)
class Request:
    """One request, for `http.client`; `raw` instead goes out byte by byte on a connection of its own."""

    method: str = "GET"
    path: str = "/"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes = b""


BadRequest = Callable[[Random, Sequence[tuple[str, str]]], Request]
"""Takes the server's routes: pairs of a method and a path with `{parameters}`."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "PROPFIND")
ODD_IDS = (
    "0",
    "-1",
    "1",
    "999999999",
    "9" * 40,
    "9" * 5000,
    "abc",
    "1e5",
    "%00",
    "..",
    "%2e%2e%2f",
    "1;drop",
    "\u0661",
)
ODD_VALUES = (
    "",
    "\x00",
    "' OR 1=1 --",
    "%",
    "_" * 300,
    "\U0001f600" * 50,
    "<script>",
    "../" * 9,
    "1e999",
    "-5",
    "null",
)
QUERY_NAMES = (
    "q",
    "search",
    "kind",
    "limit",
    "offset",
    "page",
    "cursor",
    "sort",
    "format",
    "back",
    "lang",
    "deleted",
)
ODD_JSON = (
    b"", b"{", b"[]", b"null", b"NaN", b"1e999", b'"\\ud800"', b"\xff\xfe{\x00}\x00", 20_000 * b"[", b"9" * 6_000,
    b'{"a":' * 5_000, b"\x00", b'{"name": null}', b'{"name": "\\u0000"}', b'{"name": "' + b"x" * 60_000 + b'"}',
    b'{"recent": [' + b"7," * 20_000 + b"7]}", b'{"recent": "a", "label": 5, "point": [9, 9]}', b'{"ids": [1, 1, -1]}',
    b'{"url": "http://127.0.0.1:1/"}', b'{"url": "file:///etc/passwd"}', b'{"url": "http://[::ffff:10.0.0.1]/"}',
    b'{"url": "javascript:alert(1)"}', b'{"name": "a", "name": {}}', b"{" + b'"k":1,' * 5_000 + b'"k":1}',
)  # fmt: skip
PLAYLISTS = (
    b"", b"#EXTM3U\n" * 500, b"[playlist]\n" + b"\n" * 3000, b"[playlist]\nFile1=file:///etc/passwd\n", b"\xff\xfe\x00",
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><playlist>&b;</playlist>', b"<" * 3000, b"<a>" * 3000,
    b"http://\n" * 900, b"../../../etc/passwd\n", b"\x00" * 5000,
)  # fmt: skip
RAW = (
    b"GET\r\n\r\n", b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"\r\n" * 40,
    b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"POST /photos HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /photos HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
    b"POST /photos HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /photos HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 300 + b"\r\n",
    b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX\x00Y: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n X: folded\r\n\r\n",
    b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", b"CONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\n\r\n",
)  # fmt: skip


def _filled(random: Random, path: str) -> str:
    while "{" in path:
        start, end = path.index("{"), path.index("}")
        path = path[:start] + quote(random.choice(ODD_IDS), safe="%;") + path[end + 1 :]
    return path


def odd_parameters(random: Random, routes: Sequence[tuple[str, str]]) -> Request:
    """A known route with odd ids and a query of nonsense."""
    path = _filled(random, random.choice([path for method, path in routes if method == "GET"]))
    query = "&".join(
        f"{random.choice(QUERY_NAMES)}={quote(random.choice(ODD_VALUES))}" for _ in range(random.randrange(5))
    )
    headers = {"Range": random.choice(("bytes=-1", "bytes=9-1", "bytes=a", "x=1-2", "bytes=0-,1-"))}
    return Request("GET", f"{path}?{query}", headers=headers)


def odd_method(random: Random, routes: Sequence[tuple[str, str]]) -> Request:
    """A known route by a method that it may not have."""
    return Request(random.choice(METHODS), _filled(random, random.choice(routes)[1]))


def odd_json(random: Random, routes: Sequence[tuple[str, str]]) -> Request:
    """A change whose JSON is none, or of the wrong shape."""
    method, path = random.choice([one for one in routes if one[0] in ("POST", "PATCH", "DELETE")])
    kind = random.choice(("application/json", "application/json", "text/plain", "application/xml", ""))
    return Request(method, _filled(random, path), random.choice(ODD_JSON), {"Content-Type": kind})


def _form(name: str, file_name: str, content: bytes) -> bytes:
    head = f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"\r\n\r\n'
    return head.encode() + content + b"\r\n--x--\r\n"


def upload(path: str, name: str, file_name: str, content: bytes) -> Request:
    """Returns a form with a file."""
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    return Request("POST", path, _form(name, file_name, content), headers)


def odd_upload(random: Random, _: Sequence[tuple[str, str]]) -> Request:
    """A form with a damaged photo, a playlist that is none, the wrong field, or no end."""
    path, name = random.choice(
        (("/api/v1/photos", "photos"), ("/photos", "photos"), ("/api/v1/playlists/import", "file"))
    )
    content = random.choice(PLAYLISTS) if name == "file" else mutated(random.randrange(5000))
    name = random.choice((name, name, name, "other", ""))
    body = _form(
        name, random.choice(("a.pls", "a.m3u8", "a.xspf", "a.png", "../../a", "\U0001f600")), content
    )
    if random.random() < 0.2:
        body = body[: random.randrange(len(body))]
    form = "multipart/form-data; boundary="
    kind = random.choice((form + "x", form + "x", form + "x", form + 300 * "y", form[:19]))
    return Request("POST", path, body, {"Content-Type": kind})


def odd_sender(random: Random, routes: Sequence[tuple[str, str]]) -> Request:
    """A request of another site, for another name, with a token that is none, or with forged headers."""
    method, path = random.choice(routes)
    headers = random.choice(
        (
            {"Host": random.choice(("evil.example", "", "localhost:1:2", "[::1", "a" * 3000, "127.0.0.1\t"))},
            {"Origin": random.choice(("null", "http://evil.example", "http://127.0.0.1:1", "x"))},
            {"Sec-Fetch-Site": random.choice(("cross-site", "same-site", "x"))},
            {"Authorization": random.choice(("Bearer", "Bearer " + "x" * 4000, "Basic ::", "\xff"))},
            {"Cookie": random.choice(("session=" + "x" * 4000, "language=xx", "=;;=", "visitor=%00"))},
            {"X-Forwarded-For": "1.2.3.4, " * 200, "X-Forwarded-Proto": "gopher"},
            {"Accept-Language": "xx-" * 1500, "If-None-Match": '"' * 2000, "If-Modified-Since": "x"},
        )
    )
    return Request(method, _filled(random, path), headers=headers)


def odd_path(random: Random, _: Sequence[tuple[str, str]]) -> Request:
    """A page that does not exist, or a way out of a folder."""
    piece = random.choice(
        ("%2e%2e/", "..%5c", "%00", "//", "%c0%af", "\u202e", "a" * 500, "%", "%zz", ";a=b")
    )
    start = random.choice(("/", "/static/", "/api/v1/", "/api/v1/tracks/", "/socket.io/", "/model/", "/."))
    return Request("GET", quote(start + piece * random.randrange(1, 9), safe="/%;\\"))


def odd_polling(random: Random, _: Sequence[tuple[str, str]]) -> Request:
    """A request of a polling socket with a session that is none, or in another protocol."""
    transport, version = random.choice(("polling", "websocket", "x")), random.choice(("4", "3", "", "99"))
    path = f"/socket.io/?EIO={version}&transport={transport}&sid={random.choice(('a', '', '%00', 'x' * 300))}"
    return Request(
        random.choice(("GET", "POST", "PUT", "OPTIONS")), path, random.choice((b"", b"7", b"4" * 5000))
    )


def odd_bytes(random: Random, _: Sequence[tuple[str, str]]) -> Request:
    """Bytes that are no request, or one that might be read in two ways."""
    return Request(raw=random.choice((*RAW, random.randbytes(random.randrange(1, 400)) + b"\r\n\r\n")))


KINDS: tuple[BadRequest, ...] = (
    odd_parameters, odd_method, odd_json, odd_upload, odd_sender, odd_path, odd_polling, odd_bytes,
)  # fmt: skip


def routes_of(openapi: str) -> list[tuple[str, str]]:
    """Returns the pairs of method and path of an OpenAPI document, and those of the pages."""
    paths = json.loads(openapi)["paths"]
    api = [
        (method.upper(), path) for path, item in paths.items() for method in item if method != "parameters"
    ]
    pages = [
        "/",
        "/music",
        "/photos",
        "/model",
        "/about",
        "/api",
        "/operator",
        "/sign-in",
        "/readyz",
        "/metrics",
    ]
    return api + [("GET", path) for path in pages] + [("POST", "/language"), ("POST", "/sign-in")]
