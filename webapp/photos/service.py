"""Uploaded photos to results: a few at a time, behind live visitors."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from webapp.concurrency.limiter import Limiter, busy
from webapp.concurrency.native_threads import NativeThreadPool
from webapp.core.label_state import LabelThresholds, read_face
from webapp.errors import AppError
from webapp.recognition.reader import DetectedFaces, FaceReader

NICENESS = 10
REQUESTS_AT_ONCE = 4
"""Requests whose photos stand in the queue: each keeps one of the 20 threads busy that live frames need too."""
MAX_WAITING_REQUESTS = 32
RETRY_MS = 3000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PhotoFile:
    """An uploaded photo: its name and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True)
class PhotoResult:
    """What one photo shows, or why that is not known.

    Attributes:
        name: The file's.
        found: Its faces; `None` with an error.
        probs: float32 `(faces, num_labels)`; `None` with an error.
        error: Error of a file that could not be read.
    """

    name: str
    found: DetectedFaces | None = None
    probs: np.ndarray | None = None
    error: AppError | None = None

    def as_dict(self, thresholds: LabelThresholds) -> dict[str, Any]:
        """Returns the result as `PhotoSchema` has it, read with these thresholds."""
        found, probs = self.found, self.probs
        if found is None or probs is None:
            unknown: dict[str, Any] = {"width": None, "height": None, "faces": [], "turned": 0, "hints": []}
            return {"name": self.name, **unknown, "error": self.error.as_dict() if self.error else None}
        pairs = zip(found.boxes, probs, strict=True)
        return {
            "name": self.name,
            "width": found.width,
            "height": found.height,
            "faces": [read_face(box, row, thresholds).as_dict() for box, row in pairs],
            "turned": found.turned,
            "hints": list(found.hints),
        }


class PhotoService:
    """Reads the photos of requests. Several requests share its threads and the micro-batcher.

    Attributes:
        threads: Pool in which photos are decoded; videos share it.
        limiter: Admits requests.
    """

    def __init__(self, reader: FaceReader, *, threads: int) -> None:
        """Starts no thread before the first photo.

        Args:
            reader: Finds and reads faces.
            threads: Photos decoded at once; bounds the memory of decoded pictures too.
        """
        self._reader = reader
        self.threads = NativeThreadPool(threads, niceness=NICENESS, name="photos")
        self.limiter = Limiter(
            REQUESTS_AT_ONCE,
            queue=MAX_WAITING_REQUESTS,
            refuse=busy(MAX_WAITING_REQUESTS, "requests with photos", RETRY_MS),
        )

    def read(self, files: Sequence[PhotoFile]) -> list[PhotoResult]:
        """Reads photos; blocking. A file that cannot be read has an error and never spoils the others.

        Returns:
            One result per file, in their order.

        Raises:
            ServerBusy: If too many faces wait for the model.
            ModelError: If the model fails.
        """
        results = self.threads.map(self._find, files)
        found = [result.found for result in results if result.found is not None]
        answers = iter(self._reader.classify(found))
        return [replace(one, probs=next(answers)) if one.found is not None else one for one in results]

    def close(self) -> None:
        """Ends the threads."""
        self.threads.close()

    def _find(self, file: PhotoFile) -> PhotoResult:
        try:
            return PhotoResult(file.name, self._reader.find(file.data)[0])
        except AppError as error:
            return PhotoResult(file.name, error=error)
        except Exception:
            log.exception("a photo failed")  # never its name or content
            return PhotoResult(file.name, error=AppError("The server could not read this photo."))
