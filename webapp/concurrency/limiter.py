"""Admission control: how many callers may work at once, and how many may wait for that."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from webapp.errors import AppError, ServerBusy


class Limiter:
    """A bounded number of slots, with a bounded queue in front of them.

    Callers beyond the slots queue in order; callers beyond the queue are refused. Waiting happens in the caller's own
    thread, which is a green one under eventlet, so native threads are kept for callers that are at work.
    """

    def __init__(
        self,
        slots: int,
        *,
        queue: int | None,
        refuse: Callable[[], AppError],
        timeout_s: float | None = None,
    ) -> None:
        """Begins with every slot free.

        Args:
            slots: Callers at work at once, at least 1.
            queue: Callers that may wait besides, at least 0; `None` for any number.
            refuse: Makes the error for a caller that finds no room.
            timeout_s: Longest wait for a slot, in seconds; `None` waits without end.

        Raises:
            ValueError: If a number is too small.
        """
        if slots < 1 or (queue is not None and queue < 0):
            raise ValueError(f"`slots` must be >= 1 and `queue` >= 0. Received: {slots=}, {queue=}")
        self._refuse, self._timeout_s = refuse, timeout_s
        self._slots = threading.Semaphore(slots)
        self._room = None if queue is None else threading.Semaphore(slots + queue)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Waits for a slot and keeps it to the end of the block.

        Raises:
            AppError: The error of `refuse`, if the queue is full or the wait takes too long.
        """
        if self._room is not None and not self._room.acquire(blocking=False):
            raise self._refuse()
        try:
            if not self._slots.acquire(timeout=self._timeout_s):
                raise self._refuse()
            try:
                yield
            finally:
                self._slots.release()
        finally:
            if self._room is not None:
                self._room.release()


def busy(queue: int, what: str, retry_ms: int) -> Callable[[], ServerBusy]:
    """Returns a `refuse` that says how many already wait.

    Args:
        queue: Length of the queue.
        what: The waiting things in words, such as `clips`.
        retry_ms: Milliseconds after which trying again makes sense.
    """
    return lambda: ServerBusy(f"{queue} {what} already wait. Try again later.", retry_after_ms=retry_ms)
