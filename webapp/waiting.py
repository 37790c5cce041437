"""Work that few may do at once: a seat for each of them, and room for some who wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from webapp.errors import ServerBusy


class WaitingRoom:
    """Seats for requests; who finds none waits in order, and who finds no room either is told to come back.

    Requests wait as the mode has it, in green threads under eventlet, so real threads are kept for those at work.
    """

    def __init__(self, seats: int, *, waiting: int, what: str, retry_ms: int) -> None:
        """Opens with every seat free.

        Args:
            seats: Requests at work at once, at least 1.
            waiting: Requests that may wait besides.
            what: Who waits, in words, for the message: `clips`.
            retry_ms: When those without room may come back.
        """
        if seats < 1 or waiting < 0:
            raise ValueError(f"`seats` must be >= 1 and `waiting` >= 0. Received: {seats=}, {waiting=}")
        self._waiting, self._what, self._retry_ms = waiting, what, retry_ms
        self._seats = threading.Semaphore(seats)
        self._room = threading.Semaphore(seats + waiting)

    @contextmanager
    def seat(self) -> Iterator[None]:
        """Waits for a seat and keeps it to the end of the block.

        Raises:
            ServerBusy: If too many wait already.
        """
        if not self._room.acquire(blocking=False):
            raise ServerBusy(
                f"{self._waiting} {self._what} already wait. Try again later.", retry_after_ms=self._retry_ms
            )
        try:
            with self._seats:
                yield
        finally:
            self._room.release()
