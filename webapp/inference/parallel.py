"""Runs each caller's crops on the caller's own thread; the `Classifier` of runtimes that gain nothing from batches."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from webapp.concurrency.native_threads import native_threading
from webapp.errors import ModelError, ServerBusy
from webapp.inference.batcher import SPEED_WEIGHT, retry_after_ms


class ParallelCalls:
    """Lets callers run the model at once, and refuses them when too many crops are under way.

    On a CPU a batch costs what its crops cost one by one, so joining the crops of several visitors would only make
    each wait for the others.
    """

    def __init__(
        self,
        run: Callable[[np.ndarray], np.ndarray],
        *,
        max_waiting: int = 256,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Begins with nothing under way.

        Args:
            run: Maps uint8 `(n, 48, 48, 1)` to float32 `(n, num_labels)`; callable from several threads.
            max_waiting: Crops that may be under way, at least 1; more make the server busy.
            clock: Seconds, for the estimate of when to try again.
        """
        if max_waiting < 1:
            raise ValueError(f"`max_waiting` must be >= 1. Received: {max_waiting=}")
        self._run, self._max_waiting, self._clock = run, max_waiting, clock
        self._lock = native_threading().Lock()
        self._under_way = 0
        self._closed = False
        self._seconds_per_crop = 0.005

    @property
    def num_waiting(self) -> int:
        """Number of crops under way."""
        return self._under_way

    def classify(self, crops: np.ndarray) -> np.ndarray:
        """Returns the answer for these crops; callable from many threads.

        Args:
            crops: uint8 `(n, 48, 48, 1)`, n >= 1.

        Raises:
            ServerBusy: If too many crops are under way; says when to try again.
            ModelError: If the model failed, or was closed.
        """
        self._enter(len(crops))
        started_s = self._clock()
        try:
            answers = self._run(crops)
            if len(answers) != len(crops):
                raise ValueError(f"expected {len(crops)} answers, received {len(answers)}")
        except Exception as error:
            raise ModelError(f"The model failed on a batch: {error}") from error
        finally:
            with self._lock:
                self._under_way -= len(crops)
        seconds = (self._clock() - started_s) / len(crops)
        self._seconds_per_crop += SPEED_WEIGHT * (seconds - self._seconds_per_crop)
        return answers

    def close(self) -> None:
        """Refuses further calls; those under way end by themselves."""
        self._closed = True

    def _enter(self, num_crops: int) -> None:
        with self._lock:
            if self._closed:
                raise ModelError("The classifier is closed. The server is shutting down.")
            if self._under_way and self._under_way + num_crops > self._max_waiting:
                raise ServerBusy(
                    f"{self._under_way} faces already wait for the model. Try again later.",
                    retry_after_ms=retry_after_ms(self._under_way, self._seconds_per_crop),
                )
            self._under_way += num_crops
