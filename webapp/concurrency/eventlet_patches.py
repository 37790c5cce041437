"""Repairs of eventlet 0.41: to leave eventlet, delete this file and its call in webapp/concurrency/blocking.py.

Each repair replaces one method of eventlet's websocket, checks first that the method is the one it knows, and otherwise
leaves eventlet alone and logs what will be slower or less fair.
"""

from __future__ import annotations

import functools
import logging
import time

import numpy as np

MESSAGES_PER_S = 240.0
"""Messages read from one visitor: a frame is two, its description and its picture, so twice what a camera gives."""
BURST = 12.0

log = logging.getLogger(__name__)


def patch_all() -> None:
    """Applies every repair; to be called after `eventlet.monkey_patch` and before the server starts."""
    patch_unmask()
    patch_close()
    patch_rate_limit()


def apply_mask(data: bytes, mask: bytes, length: int | None = None, offset: int = 0) -> bytes:
    """XORs a payload with its four-byte mask (RFC 6455, section 5.3).

    Args:
        data: The payload, or a part of it.
        mask: Four byte values.
        length: Bytes to use; all if left out.
        offset: Position in the payload at which this part begins.

    Returns:
        The unmasked bytes, `length` of them.
    """
    count = len(data) if length is None else length
    key = np.roll(np.frombuffer(bytes(mask), np.uint8), -(offset % 4))
    payload = np.frombuffer(data, np.uint8, count)
    return (payload ^ np.resize(key, count)).tobytes()


def patch_unmask() -> bool:
    """Replaces eventlet's unmasking by `apply_mask`; returns whether that fitted.

    Stock eventlet unmasks byte by byte in Python: 9 ms for a frame of 48 KB, a third of a millisecond here. An eventlet
    that has moved or changed its function keeps it: slower, still right.
    """
    from eventlet import websocket

    stock = getattr(websocket.RFC6455WebSocket, "_apply_mask", None)
    sample, mask = bytes(range(11)), bytes((1, 2, 3, 4))
    try:
        fits = stock is not None and stock(sample, mask, length=9, offset=3) == apply_mask(sample, mask, 9, 3)
    except TypeError:
        fits = False
    if not fits:
        log.warning(
            "This eventlet has another websocket unmask than expected: frames will take some ms longer."
        )
        return False
    websocket.RFC6455WebSocket._apply_mask = staticmethod(apply_mask)
    return True


def patch_close() -> bool:
    """Makes a second `close` of a websocket do nothing; returns whether there was one to repair.

    When a visitor leaves, eventlet closes the socket and engineio closes it again: eventlet then writes a line with the
    visitor's address to the standard error.
    """
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


class RateLimiter:
    """Says how long to leave one visitor's next message unread: not at all within a burst, then at an even rate.

    What is not read stays in the visitor's own socket, so a flood waits where it began.

    Reference:
        Generic cell rate algorithm, ITU-T I.371: one number, the time at which the burst is used up.
    """

    def __init__(self) -> None:
        self._due_s = 0.0

    def pause_s(self, now_s: float) -> float:
        """Counts a message and returns the seconds to wait before it is read, >= 0."""
        due_s = max(self._due_s, now_s)
        self._due_s = due_s + 1 / MESSAGES_PER_S
        return max(0.0, due_s - now_s - BURST / MESSAGES_PER_S)


def patch_rate_limit() -> bool:
    """Lets other visitors run before each message and slows floods down; returns whether eventlet reads as expected.

    Green threads switch only when one has to wait, and a socket that a flood has filled never has to.
    `python -m benchmarks.serving.flood` measures what another visitor notices.
    """
    import eventlet
    from eventlet import websocket

    stock = getattr(websocket.RFC6455WebSocket, "wait", None)
    if stock is None:
        log.warning("This eventlet reads websockets in another way than expected: a flood may delay others.")
        return False

    @functools.wraps(stock)
    def wait(self: websocket.RFC6455WebSocket) -> object:
        limiter = self.__dict__.setdefault("countenance_rate_limiter", RateLimiter())
        eventlet.sleep(limiter.pause_s(time.monotonic()))
        return stock(self)

    websocket.RFC6455WebSocket.wait = wait
    return True
