"""Admission control: how many callers may work at once, and how many may wait for that."""

from __future__ import annotations

import threading
from collections import Counter
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
        queue: int,
        refuse: Callable[[], AppError],
    ) -> None:
        """Begins with every slot free.

        Args:
            slots: Callers at work at once, at least 1.
            queue: Callers that may wait besides, at least 0.
            refuse: Makes the error for a caller that finds no room.

        Raises:
            ValueError: If a number is too small.
        """
        if slots < 1 or queue < 0:
            raise ValueError(f"`slots` must be >= 1 and `queue` >= 0. Received: {slots=}, {queue=}")
        self._refuse = refuse
        self._slots = threading.Semaphore(slots)
        self._room = threading.Semaphore(slots + queue)

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Waits for a slot and keeps it to the end of the block.

        Raises:
            AppError: The error of `refuse`, if the queue is full.
        """
        if not self._room.acquire(blocking=False):
            raise self._refuse()
        try:
            with self._slots:
                yield
        finally:
            self._room.release()


class SharedLimiter:
    """A limiter of which each caller's key, such as an address, has a share at most."""

    def __init__(self, limiter: Limiter, *, slots: int, queue: int, refuse: Callable[[], AppError]) -> None:
        """Begins without keys.

        Args:
            limiter: The limiter of all callers.
            slots: Callers with one key at work or in that limiter's queue at once, at least 1.
            queue: Callers with that key that may wait besides, at least 0.
            refuse: Makes the error for a caller that finds no room.
        """
        self._limiter, self._slots, self._queue, self._refuse = limiter, slots, queue, refuse
        self._shares: dict[str, Limiter] = {}
        self._users: Counter[str] = Counter()

    def __len__(self) -> int:
        """Number of keys that have callers now."""
        return len(self._shares)

    @contextmanager
    def slot(self, key: str) -> Iterator[None]:
        """Waits for a slot and keeps it to the end of the block.

        Args:
            key: Key of the caller.

        Raises:
            AppError: If a queue is full.
        """
        with self._share(key) as share, share.slot(), self._limiter.slot():
            yield

    @contextmanager
    def _share(self, key: str) -> Iterator[Limiter]:
        """Returns a key's own limiter, which is forgotten after its last caller."""
        if key not in self._shares:
            self._shares[key] = Limiter(self._slots, queue=self._queue, refuse=self._refuse)
        self._users[key] += 1
        try:
            yield self._shares[key]
        finally:
            self._users[key] -= 1
            if not self._users[key]:
                del self._users[key], self._shares[key]


def shared_limiter(
    what: str, *, slots: int, queue: int, slots_of_one: int, queue_of_one: int, retry_ms: int
) -> SharedLimiter:
    """Returns a limiter of which each address has a share, and which says how many wait when it refuses.

    Args:
        what: What waits, in words, such as `clips`.
        slots: Callers at work at once.
        queue: Callers that may wait besides.
        slots_of_one: Those of one address among `slots`.
        queue_of_one: Those of one address that may wait besides.
        retry_ms: Milliseconds after which trying again makes sense.
    """
    return SharedLimiter(
        Limiter(slots, queue=queue, refuse=busy(queue, what, retry_ms)),
        slots=slots_of_one,
        queue=queue_of_one,
        refuse=busy(queue_of_one, f"{what} from this address", retry_ms),
    )


def busy(queue: int, what: str, retry_ms: int) -> Callable[[], ServerBusy]:
    """Returns a `refuse` that says how many already wait.

    Args:
        queue: Length of the queue.
        what: The waiting things in words, such as `clips`.
        retry_ms: Milliseconds after which trying again makes sense.
    """
    return lambda: ServerBusy(f"{queue} {what} already wait. Try again later.", retry_after_ms=retry_ms)
