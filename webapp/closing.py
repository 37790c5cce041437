"""Websockets closed once.

When a visitor leaves, eventlet closes the socket, and engineio closes it again: eventlet then writes a line
with the visitor's address on the standard error, one for each who leaves.
"""

from __future__ import annotations

import functools
import logging

log = logging.getLogger(__name__)


def install() -> bool:
    """Lets eventlet's second `close` of a websocket do nothing; returns whether there was one to repair."""
    from eventlet import websocket

    stock = getattr(websocket.RFC6455WebSocket, "close", None)
    if stock is None:
        log.warning(
            "This eventlet closes websockets in another way than expected: its log may name visitors."
        )
        return False

    @functools.wraps(stock)
    def close(self: websocket.RFC6455WebSocket, *args: object, **kwargs: object) -> None:
        if self.socket.fileno() != -1:
            stock(self, *args, **kwargs)

    websocket.RFC6455WebSocket.close = close
    return True
