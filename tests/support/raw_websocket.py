"""A visitor who writes websocket frames by hand, as no library would."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
from collections.abc import Iterator
from urllib.parse import urlsplit

CONTINUATION, TEXT, BINARY, CLOSE, PING = 0, 1, 2, 8, 9


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, reserved: int = 0) -> bytes:
    """Returns a masked frame (RFC 6455, section 5.2); its mask is zero, so the payload stays as it is."""
    length = len(payload)
    head = bytes([fin << 7 | reserved << 4 | opcode])
    if length < 126:
        head += bytes([0x80 | length])
    elif length < 65536:
        head += struct.pack("!BH", 0x80 | 126, length)
    else:
        head += struct.pack("!BQ", 0x80 | 127, length)
    return head + bytes(4) + payload


class RawWebSocket:
    """A websocket to Engine.IO whose bytes the test chooses."""

    def __init__(self, url: str, *headers: str, tls: ssl.SSLContext | None = None) -> None:
        """Connects and shakes hands.

        Args:
            url: Address of the server.
            headers: Further lines of the handshake.
            tls: Whom to trust, for a server with TLS.
        """
        parts = urlsplit(url)
        self.socket = socket.create_connection((parts.hostname, parts.port), timeout=30)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname=parts.hostname)
        lines = [
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
            f"Host: {parts.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Version: 13",
            *headers,
        ]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.answer = b""
        while b"\r\n\r\n" not in self.answer:
            self.answer += self.socket.recv(1)

    def send(self, data: bytes) -> bool:
        """Sends bytes; returns whether the server still took them."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return True

    def receive_until(self, mark: bytes) -> bytes:
        """Reads until a text comes by; returns what was read.

        Raises:
            ConnectionError: If the server closes the connection before.
        """
        seen = b""
        while mark not in seen:
            piece = self.socket.recv(65536)
            if not piece:
                raise ConnectionError(f"closed after {seen!r}")
            seen += piece
        return seen

    def is_closed(self) -> bool:
        """Reads what the server sends until it closes the connection, at most for the socket's time limit."""
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            pass
        return True

    def close(self) -> None:
        self.socket.close()


@contextlib.contextmanager
def raw_websocket(url: str, *headers: str, tls: ssl.SSLContext | None = None) -> Iterator[RawWebSocket]:
    """Opens a `RawWebSocket` that has joined the live page's namespace."""
    wire = RawWebSocket(url, *headers, tls=tls)
    try:
        wire.send(frame(TEXT, b"40/live,"))
        yield wire
    finally:
        wire.close()
