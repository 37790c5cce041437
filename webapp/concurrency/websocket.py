"""The websocket under Engine.IO, on green and on native threads: the protocol is websockets', the limits ours.

Eventlet's own websocket inflates what a visitor has deflated, joins fragments without end, answers pings without ever
pausing and unmasks byte by byte; simple-websocket, which Engine.IO takes with native threads, has no pace either.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, cast

from websockets.exceptions import InvalidState
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from webapp.concurrency.native_threads import native_threading
from webapp.concurrency.rate_limiter import RateLimiter
from webapp.concurrency.tls_socket import in_turns

MAX_TEXT_BYTES = 16 * 1024
"""A text is the description of a frame or a setting, of a few hundred bytes."""

TEXT_WEIGHT = 128
"""How many bytes of a picture take as long as one of a text, which is parsed as JSON: 1.2 ms for the longest."""

READ_AHEAD = 64 * 1024
"""Bytes read from a visitor at once: what a frame takes, so a flood still waits in the visitor's own socket."""

PIECE = 4 * 1024
"""Bytes handed to the protocol at once: 680 pings, the smallest messages there are, take 5 ms."""

MAX_UNSENT = 64
"""Answers that may wait for a visitor who does not read them; until then nothing more is read from them either."""

UNSENT_LIMIT_S = 10.0
"""Longest time for which so many wait; then the visitor is let go."""

LOOK_EVERY_S = 0.05

CLIENT_PACKETS = frozenset((b"1", b"2", b"3", b"4", b"5"))
"""First characters of the Engine.IO packets that a client may send: close, ping, pong, message, upgrade."""

SWITCHING = 101


class WebSocket:
    """One visitor's websocket as Engine.IO wants it: a WSGI app that waits, sends and closes.

    Without compression (JPEGs do not shrink, and a few kilobytes would inflate to megabytes), with one limit for a
    whole message however it is cut, and read at the pace of `RateLimiter`, whatever kind of message it is.
    """

    def __init__(self, handler: Callable[[WebSocket], object], server: Any) -> None:
        """Begins before the handshake.

        Args:
            handler: Engine.IO's; gets this object and returns when the visit is over.
            server: Engine.IO's server; its `max_http_buffer_size` limits a message.
        """
        self._handler = handler
        # Its log would hold a line for each visitor who leaves in the middle of a message.
        log = logging.getLogger("websockets.quiet")
        log.disabled = True
        self._protocol = ServerProtocol(max_size=int(server.max_http_buffer_size), logger=log)
        self._sending = threading.Lock()
        self._pace = RateLimiter()
        self._unread = memoryview(b"")
        self._frames: deque[Frame] = deque()
        self._parts: list[bytes] = []
        self._is_text = False
        self.socket: Any = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Shakes hands, lets the handler work, and tells the web server that the connection is used up."""
        self.socket = _socket_of(environ)
        self._protocol.receive_data(_request_of(environ))
        request = next(iter(self._protocol.events_received()), None)
        if not isinstance(request, Request):
            start_response("400 Bad Request", [])
            return [b"The websocket handshake has too many or too long headers.\n"]
        response = self._protocol.accept(request)
        if response.status_code != SWITCHING:
            status = f"{response.status_code} {response.reason_phrase}"
            start_response(status, list(response.headers.raw_items()))
            return [bytes(response.body or b"")]
        self._protocol.send_response(response)
        with self._sending:
            self._flush()
        try:
            self._handler(self)
        finally:
            self.close()
        if "gunicorn.socket" in environ:
            raise StopIteration  # how gunicorn's workers are told
        raise ConnectionError("the visit is over")  # and how Werkzeug's server is

    def wait(self) -> str | bytes | None:
        """Returns the next message, `None` when there will be none any more."""
        while True:
            while self._frames:
                message = self._join(self._frames.popleft())
                if message is not None:
                    return message
            if not self._takes_its_answers() or not self._read():
                return None

    def send(self, message: str | bytes) -> None:
        """Sends a message.

        Raises:
            OSError: If the visitor has left, or does not read for as long as the socket's time limit.
        """
        with self._sending:
            try:
                if isinstance(message, str):
                    self._protocol.send_text(message.encode())
                else:
                    self._protocol.send_binary(message)
            except InvalidState as error:
                raise ConnectionError("the visitor has left") from error
            self._flush()

    def close(self) -> None:
        """Says goodbye if nobody has, and wakes whoever reads; may be repeated. The web server closes the socket."""
        with self._sending:
            if self._protocol.state is OPEN:
                self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
            with contextlib.suppress(OSError):
                self._flush()
            with contextlib.suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)

    def _takes_its_answers(self) -> bool:
        """Waits while too many answers wait for the visitor; returns whether they no longer do."""
        unsent = getattr(getattr(self._handler, "__self__", None), "queue", None)  # of Engine.IO's socket
        until_s = time.monotonic() + UNSENT_LIMIT_S
        while unsent is not None and unsent.qsize() > MAX_UNSENT:
            if time.monotonic() > until_s or self._protocol.state is not OPEN:
                return False
            time.sleep(LOOK_EVERY_S)
        return True

    def _read(self) -> bool:
        """Reads a piece; returns whether there may be more."""
        if self._protocol.state is not OPEN:
            return False
        try:
            if not self._unread:
                self._unread = memoryview(self.socket.recv(READ_AHEAD))
                if not self._unread:
                    self._protocol.receive_eof()
                    return False
            piece, self._unread = self._unread[:PIECE], self._unread[PIECE:]
            with self._sending:
                self._protocol.receive_data(bytes(piece))
                self._flush()
        except OSError:  # the visitor left, or did not read the answers
            return False
        self._frames.extend(cast("list[Frame]", self._protocol.events_received()))
        return True

    def _join(self, frame: Frame) -> str | bytes | None:
        """Takes a frame in, at its pace; returns the message that it ends, if it ends one."""
        is_control = frame.opcode in (Opcode.PING, Opcode.PONG, Opcode.CLOSE)
        if not is_control and frame.opcode is not Opcode.CONT:
            self._parts, self._is_text = [], frame.opcode is Opcode.TEXT
        is_parsed = self._is_text and not is_control and len(frame.data) <= MAX_TEXT_BYTES
        weight = TEXT_WEIGHT if is_parsed else 1
        now_s = time.monotonic()
        pause_s = self._pace.pause_s(now_s, weight * len(frame.data))
        if self._pace.is_noticed(now_s):
            time.sleep(pause_s)  # also of no seconds: green threads switch only when one waits
        if is_control:
            return None
        self._parts.append(bytes(frame.data))
        if not frame.fin:
            return None
        message, self._parts = b"".join(self._parts), []
        return self._as_text(message) if self._is_text else message

    def _as_text(self, message: bytes) -> str | None:
        """Returns a text that may be a packet; drops others unread, their sender may go on."""
        if len(message) > MAX_TEXT_BYTES or message[:1] not in CLIENT_PACKETS:
            return None
        try:
            return message.decode()
        except UnicodeDecodeError:
            with self._sending, contextlib.suppress(OSError):
                self._protocol.fail(CloseCode.INVALID_DATA, "a text must be UTF-8")
                self._flush()
            self._frames.clear()
            return None

    def _flush(self) -> None:
        """Writes what the protocol has to say; the caller holds the lock, so that messages keep their order."""
        data = b"".join(self._protocol.data_to_send())  # an empty part, the end of the stream, adds nothing
        if data:
            self.socket.sendall(data)


def _socket_of(environ: dict[str, Any]) -> Any:
    connection = environ.get("gunicorn.socket") or environ["werkzeug.socket"]
    if native_threading() is threading:
        return in_turns(connection)
    return connection  # eventlet's threads are one thread


def _request_of(environ: dict[str, Any]) -> bytes:
    """Returns the request's head again, for the protocol to judge the handshake."""
    names = {name: name[5:].replace("_", "-") for name in environ if name.startswith("HTTP_")}
    lines = [f"{shown}: {environ[name]}" for name, shown in names.items() if "\n" not in environ[name]]
    return "\r\n".join(["GET / HTTP/1.1", *lines, "", ""]).encode("latin-1", "replace")
