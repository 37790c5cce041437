"""Blocking work of one kind on threads of its own: so many at once, so many that wait, so long for it all."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from webapp.concurrency.native_threads import give_way, native_threading
from webapp.concurrency.signals import Signal, Signals
from webapp.errors import AppError

P = ParamSpec("P")
R = TypeVar("R")

END_S = 2.0
"""Longest wait for the end of the threads when the server ends: one may hang in a disk that does not answer."""


@dataclass(frozen=True)
class Bounds:
    """What work of one kind may take.

    Attributes:
        threads: Pieces of work at once, at least 1.
        queue: Callers that may wait besides, at least 0.
        limit_s: Longest time from the call to its end, waiting included, in seconds.
        niceness: 0..19 more than the process, for the threads and the processes that they start; only on Linux.
    """

    threads: int
    queue: int
    limit_s: float
    niceness: int = 0

    def __post_init__(self) -> None:
        """Raises `ValueError` if a number is too small."""
        if self.threads < 1 or self.queue < 0 or self.limit_s <= 0:
            raise ValueError(f"`threads` must be >= 1, `queue` >= 0 and `limit_s` > 0. Received: {self}")


class WorkPool:
    """A few native threads with a bounded queue in front of them; a caller is answered or refused within a limit.

    Work that takes too long keeps its thread until it ends, because nothing can stop a thread. It takes nothing from
    other pools, and its caller has gone on. Callable from many threads, green or native.
    """

    def __init__(
        self, signals: Signals, bounds: Bounds, *, refuse: Callable[[], AppError], name: str = "work"
    ) -> None:
        """Starts no thread before the first work.

        Args:
            signals: How callers are woken.
            bounds: What the work may take.
            refuse: Makes the error for callers that find no room, or whose time is over.
            name: Name of the threads.
        """
        self._signals, self._bounds, self._refuse, self._name = signals, bounds, refuse, name
        self._threading = native_threading()
        self._changed = self._threading.Condition()
        self._waiting: deque[_Piece] = deque()
        self._under_way = 0
        self._closed = False
        self._started: list[Any] = []

    def run(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Returns what `fn(*args, **kwargs)` returns; other visitors go on meanwhile.

        Raises:
            AppError: The error of `refuse`, if there is no room or the time is over.
            Exception: What `fn` raises.
        """
        job = _Piece(lambda: fn(*args, **kwargs), self._signals.make())
        with self._changed:
            if (
                self._closed
                or self._under_way + len(self._waiting) >= self._bounds.threads + self._bounds.queue
            ):
                raise self._refuse()
            self._start()
            self._waiting.append(job)
            self._changed.notify()
        job.done.wait(self._bounds.limit_s)
        with self._changed:
            if not job.has_ended:
                if job in self._waiting:
                    self._waiting.remove(job)
                raise self._refuse()
        return job.result()

    def close(self, *, wait_s: float = END_S) -> None:
        """Ends the threads after the work that they have begun, and refuses what waits. May be repeated.

        Args:
            wait_s: Longest wait for their end, in seconds.
        """
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        until_s = time.monotonic() + wait_s
        for thread in self._started:
            thread.join(max(0.0, until_s - time.monotonic()))

    def _start(self) -> None:
        if len(self._started) < self._bounds.threads:
            thread = self._threading.Thread(target=self._work, name=self._name, daemon=True)
            self._started.append(thread)
            thread.start()

    def _work(self) -> None:
        give_way(self._bounds.niceness)
        while job := self._next():
            job.run()
            self._end(job)

    def _next(self) -> _Piece | None:
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            if not self._closed:
                self._under_way += 1
                return self._waiting.popleft()
            refused = list(self._waiting)
            self._waiting.clear()
        for job in refused:
            job.error = self._refuse()
            job.has_ended = True
            job.done.set()
        return None

    def _end(self, job: _Piece) -> None:
        with self._changed:
            self._under_way -= 1
            job.has_ended = True
        job.done.set()


class _Piece:
    """One piece of work and, once `has_ended` is true, its outcome."""

    def __init__(self, fn: Callable[[], Any], done: Signal) -> None:
        self._fn, self.done = fn, done
        self.has_ended = False
        self.error: BaseException | None = None
        self._answer: Any = None

    def run(self) -> None:
        try:
            self._answer = self._fn()
        except Exception as error:  # noqa: BLE001 - the waiting caller must hear of it, and the thread lives on
            self.error = error

    def result(self) -> Any:
        if self.error is not None:
            raise self.error
        return self._answer
