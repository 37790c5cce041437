"""Joins the crops of all visitors into batches for one model: for runtimes that gain from batches."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from webapp.concurrency.native_threads import native_threading
from webapp.errors import ModelError, ServerBusy

if TYPE_CHECKING:
    from threading import Event

MIN_RETRY_MS, MAX_RETRY_MS = 50, 5000
SPEED_WEIGHT = 0.2


class MicroBatcher:
    """Collects what waits while the model works, and runs it together.

    No caller is delayed on purpose: with one visitor a batch is one frame; with many, the crops that arrived
    during the last batch make the next. By default one thread owns the model, so the model itself needs no locks.

    Callers block, so under eventlet they must be native threads (`eventlet.tpool`), as the thread here is:
    its primitives are the unpatched ones, since green ones never wake a native thread.
    """

    def __init__(
        self,
        run: Callable[[np.ndarray], np.ndarray],
        *,
        max_batch: int = 32,
        max_waiting: int = 256,
        threads: int = 1,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Starts the threads.

        Args:
            run: Maps uint8 `(n, 48, 48, 1)` to float32 `(n, num_labels)`; called on `threads` threads.
            max_batch: Crops joined into one call, at least 1; a larger request runs alone.
            threads: Calls under way at once, at least 1; more than one for a model on another machine.
            max_waiting: Crops that may wait, at least 1; more make the server busy.
            clock: Seconds, for the estimate of when to try again.
        """
        if min(max_batch, max_waiting, threads) < 1:
            raise ValueError(
                "`max_batch`, `max_waiting` and `threads` must be >= 1. "
                f"Received: {max_batch=}, {max_waiting=}, {threads=}"
            )
        self._run, self._max_batch, self._max_waiting, self._clock = run, max_batch, max_waiting, clock
        self._threading = native_threading()
        self._changed = self._threading.Condition()
        self._waiting: deque[_Request] = deque()
        self._closed = False
        self._seconds_per_crop = 0.005
        self._threads = [
            self._threading.Thread(target=self._work, name="micro-batcher", daemon=True)
            for _ in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def num_waiting(self) -> int:
        """Number of crops that wait for the model."""
        with self._changed:
            return sum(len(request.crops) for request in self._waiting)

    def classify(self, crops: np.ndarray) -> np.ndarray:
        """Waits for a turn and returns the answer for these crops; callable from many threads.

        Args:
            crops: uint8 `(n, 48, 48, 1)`, n >= 1.

        Returns:
            What `run` gave for exactly these crops.

        Raises:
            ServerBusy: If too many crops wait already, or `run` says that the model is busy; says when to try again.
            ModelError: If the batch failed, or the batcher is closed.
        """
        request = _Request(crops, self._threading.Event())
        with self._changed:
            if self._closed:
                raise ModelError("The classifier is closed. The server is shutting down.")
            num_waiting = sum(len(other.crops) for other in self._waiting)
            if self._waiting and num_waiting + len(crops) > self._max_waiting:
                raise ServerBusy(
                    f"{num_waiting} faces already wait for the model. Try again later.",
                    retry_after_ms=retry_after_ms(num_waiting, self._seconds_per_crop),
                )
            self._waiting.append(request)
            self._changed.notify()
        request.done.wait()
        if isinstance(request.error, ServerBusy):
            raise ServerBusy(
                request.error.message, retry_after_ms=request.error.retry_after_ms
            ) from request.error
        if request.error is not None:
            raise ModelError(f"The model failed on a batch: {request.error}") from request.error
        return request.answer

    def close(self) -> None:
        """Ends the threads after their batches; callers that still wait get a `ModelError`. May be repeated."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while batch := self._next_batch():
            started_s = self._clock()
            try:
                crops = np.concatenate([request.crops for request in batch])
                answers = self._run(crops)
                if len(answers) != len(crops):
                    raise ValueError(f"expected {len(crops)} answers, received {len(answers)}")
            except Exception as error:  # noqa: BLE001 - the waiting callers must hear of it, and the thread lives on
                _finish(batch, error=error)
                continue
            self._note_speed((self._clock() - started_s) / len(crops))
            _finish(batch, answers=answers)
        with self._changed:
            waiting, self._waiting = self._waiting, deque()
        _finish(waiting, error=RuntimeError("the server is shutting down"))

    def _next_batch(self) -> list[_Request]:
        """Waits for requests and takes as many as fit into one batch; empty when closed."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            if self._closed:
                return []
            batch = [self._waiting.popleft()]
            size = len(batch[0].crops)
            while self._waiting and size + len(self._waiting[0].crops) <= self._max_batch:
                batch.append(self._waiting.popleft())
                size += len(batch[-1].crops)
            return batch

    def _note_speed(self, seconds_per_crop: float) -> None:
        self._seconds_per_crop += SPEED_WEIGHT * (seconds_per_crop - self._seconds_per_crop)


def retry_after_ms(num_waiting: int, seconds_per_crop: float) -> int:
    """Returns after how many milliseconds the crops that now wait will have been read, within sane limits."""
    wanted_ms = math.ceil(num_waiting * seconds_per_crop * 1000)
    return min(max(wanted_ms, MIN_RETRY_MS), MAX_RETRY_MS)


class _Request:
    """One caller's crops and, when `done` is set, either the answer or the error."""

    def __init__(self, crops: np.ndarray, done: Event) -> None:
        self.crops = crops
        self.done = done
        self.answer: np.ndarray = np.empty(0)
        self.error: Exception | None = None


def _finish(
    batch: list[_Request] | deque[_Request],
    *,
    answers: np.ndarray | None = None,
    error: Exception | None = None,
) -> None:
    start = 0
    for request in batch:
        stop = start + len(request.crops)
        if answers is not None:
            request.answer = answers[start:stop]
        request.error = error
        request.done.set()
        start = stop
