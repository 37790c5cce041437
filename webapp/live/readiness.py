"""Whether frames are still read: one is, on the visitors' own threads."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

import cv2
import numpy as np

from webapp.concurrency.frame_pool import FramePool
from webapp.errors import AppError, NotReady
from webapp.inference.card import INPUT_SHAPE
from webapp.inference.classifier import Classifier
from webapp.recognition.pipeline import Pipeline

LIMIT_S = 5.0
"""Longest wait for the frame: with every thread busy and visitors waiting it takes less than one."""

FRESH_S = 1.0
"""An answer, yes or no, holds for so long, so that asking often costs nothing."""

FRAME_SHAPE = (120, 160, 3)

log = logging.getLogger(__name__)


class Readiness:
    """Reads a small picture when asked, unless one has been read just now; all who ask meanwhile wait for that one."""

    def __init__(
        self,
        frames: FramePool,
        pipeline: Pipeline,
        classifier: Classifier,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Reads nothing yet.

        Args:
            frames: The visitors' threads.
            pipeline: Reader of their frames.
            classifier: The model, asked about one crop: the picture has no face.
            clock: Seconds.
        """
        self._frames, self._pipeline, self._classifier, self._clock = frames, pipeline, classifier, clock
        self._jpeg = cv2.imencode(".jpg", np.full(FRAME_SHAPE, 127, np.uint8))[1].tobytes()
        self._checking = threading.Lock()
        self._answered_s: float | None = None
        self._failure: Exception | None = None

    def check(self) -> None:
        """Returns if a frame could be read.

        Raises:
            NotReady: If not, within `LIMIT_S`; those who wait for another's answer have it a moment later.
        """
        if self._checking.acquire(timeout=LIMIT_S + 1):
            try:
                if self._answered_s is None or self._clock() - self._answered_s >= FRESH_S:
                    self._failure = self._try()
                    self._answered_s = self._clock()
                failure = self._failure
            finally:
                self._checking.release()
        else:
            failure = TimeoutError("nobody could look")
        if failure is not None:
            raise NotReady(
                "The server could not read a frame just now. If this lasts, restart it.", retry_after_ms=1000
            ) from failure

    def _try(self) -> Exception | None:
        try:
            self._frames.probe(self._read, limit_s=LIMIT_S)
        except Exception as error:
            if not isinstance(error, AppError):
                log.exception("the server cannot read a frame")
            return error
        return None

    def _read(self, _: float) -> None:
        self._pipeline.analyse(self._jpeg, time.perf_counter())
        self._classifier.classify(np.full((1, *INPUT_SHAPE), 127, np.uint8))
