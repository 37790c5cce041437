"""A few native threads for frames alone, and who may use them when: nothing waits long, and all take turns."""

from __future__ import annotations

import contextlib
import math
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from webapp.concurrency.native_threads import native_threading
from webapp.concurrency.signals import Signal, Signals
from webapp.core.pace import Pace
from webapp.errors import ServerBusy

WAIT_LIMIT_S = 0.2
"""Longest wait of a frame for a thread: an older one is not worth reading, its visitor has a newer."""

ANSWER_LIMIT_S = 20.0
"""Longest wait of a visitor for a frame that a thread has taken: none takes so long, a thread that does is broken."""

LEAST_RETRY_MS = 20
RESTART_MS = 1000
BUSY_SHARE = 0.6

Result = TypeVar("Result")


class FramePool:
    """Runs one function per frame, on threads that are sized to the cores, in the order of arrival.

    Callable from many threads.
    """

    def __init__(
        self,
        count: int,
        signals: Signals,
        *,
        wait_limit_s: float = WAIT_LIMIT_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Starts no thread before the first frame.

        Args:
            count: Threads, at least 1.
            signals: How callers are woken.
            wait_limit_s: Longest wait of a frame, in seconds.
            clock: Seconds.
        """
        if count < 1:
            raise ValueError(f"`count` must be >= 1. Received: {count=}")
        self._count, self._signals, self._wait_limit_s, self._clock = count, signals, wait_limit_s, clock
        self._threading = native_threading()
        self._changed = self._threading.Condition()
        self._pace = Pace(count)
        self._waiting: deque[_Job] = deque()
        self._under_way = 0
        self._closed = False
        self._draining = False
        self._threads: list[Any] = []

    def __len__(self) -> int:
        """Number of frames that wait for a thread."""
        return len(self._waiting)

    def run(self, key: str, fn: Callable[[float], Result]) -> tuple[Result, int]:
        """Runs `fn` on one of the threads and waits for it.

        Args:
            key: Name of the visitor.
            fn: Function of the seconds for which the frame waited.

        Returns:
            Its result, and the milliseconds after which the visitor's next frame is welcome, 0 for at once.

        Raises:
            ServerBusy: If it is not yet the visitor's turn, or the frame would wait too long; says when to try again.
            Exception: What `fn` raises.
        """
        if self._draining:
            raise ServerBusy(
                "The server is about to restart. Come back in a second.", retry_after_ms=RESTART_MS
            )
        job: _Job[Result] = _Job(fn, self._clock(), self._signals.make())
        with self._changed:
            if self._closed:
                raise ServerBusy("The server is shutting down.", retry_after_ms=RESTART_MS)
            early_s = self._pace.admit(key, job.submitted_s)
            if early_s:
                raise _busy(early_s)
            self._submit(job)
        in_time = job.done.wait(ANSWER_LIMIT_S)
        with self._changed:
            next_s = self._pace.note_done(
                key, self._clock(), service_s=job.service_s, wait_s=job.begun_s - job.submitted_s
            )
        if not in_time or (job.service_s is None and job.error is None):
            raise _busy(next_s)
        return job.result(), math.ceil(next_s * 1000)

    def probe(self, fn: Callable[[float], Result], *, limit_s: float) -> Result:
        """Runs `fn` as a frame is run, but out of turn: to see whether the threads still work.

        Raises:
            ServerBusy: If there is no answer in time.
            Exception: What `fn` raises.
        """
        job: _Job[Result] = _Job(fn, self._clock(), self._signals.make())
        with self._changed:
            if self._closed or self._draining:
                raise ServerBusy("The server is shutting down.", retry_after_ms=RESTART_MS)
            self._submit(job)
            job.may_be_given_up = False
        if not job.done.wait(limit_s):
            with self._changed, contextlib.suppress(ValueError):  # a thread has taken it meanwhile
                self._waiting.remove(job)
        if job.service_s is None and job.error is None:
            raise ServerBusy(f"No frame was read for {limit_s:g} s.", retry_after_ms=RESTART_MS)
        return job.result()

    def drain(self) -> None:
        """Refuses frames from now on with the time of coming back; takes no lock, so a signal handler may call it."""
        self._draining = True

    @property
    def is_idle(self) -> bool:
        """Whether no frame waits or is being read."""
        return not self._waiting and not self._under_way

    def _submit(self, job: _Job[Any]) -> None:
        self._start()
        job.may_be_given_up = self._under_way + len(self._waiting) >= self._count
        self._waiting.append(job)
        self._changed.notify()

    def is_busy(self) -> bool:
        """Whether the threads have been at work for most of the last second: what can wait should."""
        return self._pace.utilisation(self._clock()) > BUSY_SHARE

    def forget(self, key: str) -> None:
        """Forgets a visitor who has left."""
        with self._changed:
            self._pace.forget(key)

    def close(self) -> None:
        """Ends the threads after the frames that they have begun; those that wait are given up. May be repeated."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        while len(self._threads) < self._count:
            thread = self._threading.Thread(target=self._work, name="frames", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while job := self._next():
            if not job.may_be_given_up or job.begun_s - job.submitted_s <= self._wait_limit_s:
                job.run(self._clock)
            with self._changed:
                self._under_way -= 1
            job.done.set()

    def _next(self) -> _Job | None:
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            if self._closed:
                while self._waiting:
                    self._waiting.popleft().done.set()
                return None
            job = self._waiting.popleft()
            self._under_way += 1
        job.begun_s = self._clock()
        return job


class _Job(Generic[Result]):
    """One frame's work and, when `done` is set, its outcome; without `service_s` it was given up."""

    def __init__(self, fn: Callable[[float], Result], submitted_s: float, done: Signal) -> None:
        self._fn, self.submitted_s, self.done = fn, submitted_s, done
        self.begun_s = submitted_s
        self.may_be_given_up = False  # only if others are the reason of its wait, not a machine that sleeps
        self.service_s: float | None = None
        self.error: Exception | None = None
        self._answer: Any = None

    def run(self, clock: Callable[[], float]) -> None:
        try:
            self._answer = self._fn(self.begun_s - self.submitted_s)
        except Exception as error:  # noqa: BLE001 - the waiting caller must hear of it, and the thread lives on
            self.error = error
        self.service_s = clock() - self.begun_s

    def result(self) -> Result:
        if self.error is not None:
            raise self.error
        return self._answer


def _busy(wait_s: float) -> ServerBusy:
    return ServerBusy(
        "Many visitors are here at once, and all take turns. Send the newest frame then.",
        retry_after_ms=max(LEAST_RETRY_MS, math.ceil(wait_s * 1000)),
    )
