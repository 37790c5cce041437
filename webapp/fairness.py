"""Turns for everybody: a visitor who sends without waiting does not keep the others waiting.

Eventlet's green threads switch only when one has to wait, and a socket that a flood has filled never has to. So
everybody else runs before each message, and a visitor's messages beyond a burst are read at an even rate, twice what
a camera gives. `python -m benchmarks.flood` measures what another visitor notices.
"""

from __future__ import annotations

import functools
import logging
import time

MESSAGES_PER_S = 240.0  # a frame is two: its description and its picture
BURST = 12.0

log = logging.getLogger(__name__)


class Pace:
    """How long to leave one visitor's next message unread: none up to a burst, then an even rate.

    What is not read stays in the visitor's own socket, so that a flood waits where it began. The generic cell rate
    algorithm (ITU-T I.371): one number, the time at which the burst is used up.
    """

    def __init__(self) -> None:
        self._due_s = 0.0

    def pause_s(self, now_s: float) -> float:
        """Counts a message and returns the seconds to wait before it is read, >= 0."""
        due_s = max(self._due_s, now_s)
        self._due_s = due_s + 1 / MESSAGES_PER_S
        return max(0.0, due_s - now_s - BURST / MESSAGES_PER_S)


def install() -> bool:
    """Lets the others run before each message and paces floods; returns whether eventlet reads as expected."""
    import eventlet
    from eventlet import websocket

    stock = getattr(websocket.RFC6455WebSocket, "wait", None)
    if stock is None:
        log.warning("This eventlet reads websockets in another way than expected: a flood may delay others.")
        return False

    @functools.wraps(stock)
    def wait(self: websocket.RFC6455WebSocket) -> object:
        pace = self.__dict__.setdefault("countenance_pace", Pace())
        eventlet.sleep(pace.pause_s(time.monotonic()))
        return stock(self)

    websocket.RFC6455WebSocket.wait = wait
    return True
