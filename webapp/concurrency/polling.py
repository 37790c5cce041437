"""What visitors without a websocket post, held to the websocket's limits before Engine.IO reads it.

Engine.IO reads a whole body at once, however many texts of JSON it holds, takes JSONP, which no client of version 4
sends any more and whose fields Python splits without a limit, and logs twenty lines for each body that is no packet.
"""

from __future__ import annotations

import binascii
import io
import time
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakKeyDictionary

from webapp.concurrency.rate_limiter import RateLimiter
from webapp.concurrency.websocket import CLIENT_PACKETS, MAX_TEXT_BYTES, TEXT_WEIGHT

SEPARATOR = b"\x1e"
BINARY = b"b"
MAX_PACKETS = 16
"""Engine.IO's own limit."""

LONGEST_PAUSE_S = 2.0
"""Who posts so much that the next would wait longer is let go; a client posts one body after the other."""


class PolledPosts:
    """Engine.IO's request handler behind a check of what is posted: kind, size and pace."""

    def __init__(self, engine: Any) -> None:
        """Takes an `engineio.Server` whose handler is still its own."""
        self._engine, self._handle = engine, engine.handle_request
        self._paces: WeakKeyDictionary[Any, RateLimiter] = WeakKeyDictionary()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Handles a request as Engine.IO does."""
        if environ["REQUEST_METHOD"] == "POST":
            sid = parse_qs(environ.get("QUERY_STRING", "")).get("sid", [""])[0]
            visitor = self._engine.sockets.get(sid)
            if visitor is not None and not self._take(visitor, environ):
                # Engine.IO takes it for too large then, answers 400 and lets the visitor go.
                environ["CONTENT_LENGTH"] = str(self._engine.max_http_buffer_size + 1)
        return self._handle(environ, start_response)

    def _take(self, visitor: Any, environ: dict[str, Any]) -> bool:
        """Reads a body and waits as long as it weighs; returns whether Engine.IO may read it."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > self._engine.max_http_buffer_size:
            return False
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
        packets = body.split(SEPARATOR, MAX_PACKETS)
        if not _are_packets(packets):
            return False
        pace = self._paces.setdefault(visitor, RateLimiter())
        now_s = time.monotonic()
        pauses_s = [
            pace.pause_s(now_s, len(packet) * (1 if packet.startswith(BINARY) else TEXT_WEIGHT))
            for packet in packets
        ]
        if pauses_s[-1] > LONGEST_PAUSE_S:
            return False
        if pace.is_noticed(now_s):
            time.sleep(pauses_s[-1])  # also of no seconds: green threads switch only when one waits
        return True


def _are_packets(packets: list[bytes]) -> bool:
    """Whether a client of ours may have sent these: pictures as base64, and short texts, all of them together."""
    texts = [packet for packet in packets if not packet.startswith(BINARY)]
    if len(packets) > MAX_PACKETS or sum(map(len, texts)) > MAX_TEXT_BYTES:
        return False
    try:
        for text in texts:
            text.decode()
        for packet in packets:
            if packet.startswith(BINARY):
                binascii.a2b_base64(packet[1:], strict_mode=True)
    except ValueError:
        return False
    return all(text[:1] in CLIENT_PACKETS for text in texts)
