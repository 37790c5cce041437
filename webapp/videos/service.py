"""Clips to timelines: the faces of pictures at a chosen rate, read as photos are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import numpy as np

from webapp.concurrency.limiter import shared_limiter
from webapp.concurrency.native_threads import NativeThreadPool
from webapp.core.label_state import LabelThresholds, read_face
from webapp.errors import AppError, ClientLeft, VideoTooLarge
from webapp.inference import LABELS
from webapp.recognition.reader import DetectedFaces, FaceReader
from webapp.settings import Settings
from webapp.videos.decoder_process import DecoderProcess
from webapp.videos.decoding import Limits

Seen = tuple[float, DetectedFaces]
"""A picture's time, and its faces before they are read."""
Step = Callable[[float, Callable[[], DetectedFaces]], DetectedFaces]
"""Runs a search for faces in the picture of a time, and returns what it finds."""
Result = TypeVar("Result")

CLIPS_AT_ONCE, MAX_WAITING_CLIPS = 2, 8
CLIPS_OF_ONE_ADDRESS, MAX_WAITING_CLIPS_OF_ONE_ADDRESS = 1, 3
RETRY_MS = 5000
CPU_SECONDS, CPU_SECONDS_PER_SECOND = 10, 2
"""Processor time that decoding may take: to begin with, and per second of the longest clip."""


@dataclass(frozen=True)
class Sample:
    """One image of a video.

    Attributes:
        t_s: Seconds from the first frame.
        found: Its faces.
        probs: float32 `(faces, num_labels)`.
    """

    t_s: float
    found: DetectedFaces
    probs: np.ndarray


@dataclass(frozen=True)
class Timeline:
    """What a clip shows.

    Attributes:
        name: The file's.
        duration_s: Duration in seconds.
        rate: Pictures per second that were asked for.
        is_cut_short: Whether the clip ends before it says it does.
        samples: Samples in their order, at least one.
    """

    name: str
    duration_s: float
    rate: float
    is_cut_short: bool
    samples: tuple[Sample, ...]

    def as_dict(self, thresholds: LabelThresholds) -> dict[str, Any]:
        """Returns the timeline as `VideoSchema` has it, read with these thresholds."""
        samples: list[dict[str, Any]] = []
        for one in self.samples:
            pairs = zip(one.found.boxes, thresholds.adjust(one.probs), strict=True)
            faces = [read_face(box, row, thresholds).as_dict() for box, row in pairs]
            samples.append(
                {"t_s": one.t_s, "faces": faces, "shares": _mean([face["probs"] for face in faces])}
            )
        first = self.samples[0].found
        return {
            "name": self.name,
            "width": first.width,
            "height": first.height,
            "duration_s": self.duration_s,
            "rate": self.rate,
            "samples": samples,
            "shares": _mean([one["shares"] for one in samples if one["shares"]]),
            "hints": ["cut_short"] if self.is_cut_short else [],
        }


def read_video(
    name: str,
    clip: DecoderProcess,
    rate: float,
    *,
    reader: FaceReader,
    step: Step,
) -> Timeline:
    """Reads a clip to its end and closes it; blocking.

    Args:
        name: The file's.
        clip: Just opened.
        rate: The clip's.
        reader: Finds and reads faces.
        step: Looks for faces wherever it likes; the decoder, a process of its own, is waited for here.

    Raises:
        AppError: If the clip cannot be read, is more than accepted, or too many faces wait for the model.
    """
    try:
        seen: list[Seen] = []
        while moment := clip.next():
            t_s, picture = moment
            seen.append((t_s, step(t_s, partial(reader.find_in, picture))))
        probs = reader.classify([found for _, found in seen])
        samples = (Sample(t_s, found, rows) for (t_s, found), rows in zip(seen, probs, strict=True))
        return Timeline(name, round(clip.duration_s, 3), rate, clip.is_cut_short, tuple(samples))
    finally:
        clip.close()


class VideoService:
    """Reads uploaded clips in the threads of large photos, a picture at a time: those and other clips come in between.

    Attributes:
        limiter: Admits requests; of one address a share.
    """

    def __init__(self, reader: FaceReader, threads: NativeThreadPool, settings: Settings) -> None:
        """Starts nothing.

        Args:
            reader: Finds and reads faces.
            threads: Shared with large photos.
            settings: Limits.
        """
        self._reader, self._threads, self._settings = reader, threads, settings
        self.limiter = shared_limiter(
            "clips",
            slots=CLIPS_AT_ONCE,
            queue=MAX_WAITING_CLIPS,
            slots_of_one=CLIPS_OF_ONE_ADDRESS,
            queue_of_one=MAX_WAITING_CLIPS_OF_ONE_ADDRESS,
            retry_ms=RETRY_MS,
        )

    def read(
        self, name: str, data: bytes, rate: float, *, is_disconnected: Callable[[], bool] = lambda: False
    ) -> Timeline:
        """Reads a clip; blocking.

        Args:
            name: The file's.
            data: Its content.
            rate: Pictures per second.
            is_disconnected: Whether the client has left; asked before the first and each further image.

        Raises:
            AppError: See `read_video`; also if it has too many bytes.
            ClientLeft: If the client has left.
        """
        max_bytes = self._settings.max_video_bytes
        if len(data) > max_bytes:
            raise VideoTooLarge(
                f"The clip has {len(data)} bytes, at most {max_bytes} are accepted. Send a shorter one."
            )
        limits = limits_of(self._settings, rate)

        def in_turn(work: Callable[[], Result]) -> Result:
            # A clip's decoder is waited for outside these threads, which photos share: it may take seconds.
            if is_disconnected():
                raise ClientLeft("The connection was closed before the clip was read.")
            return self._threads.map(lambda _: work(), [None])[0]

        clip = in_turn(lambda: DecoderProcess(data, limits))
        return read_video(name, clip, rate, reader=self._reader, step=lambda _, look: in_turn(look))


def limits_of(settings: Settings, rate: float) -> Limits:
    """Returns what an operator accepts from visitors."""
    return Limits(
        rate=rate,
        max_pixels=settings.max_video_pixels,
        max_s=settings.max_video_s,
        max_samples=settings.max_video_samples,
        max_cpu_s=CPU_SECONDS + int(CPU_SECONDS_PER_SECOND * settings.max_video_s),
    )


def describe_failure(name: str, rate: float, error: AppError) -> dict[str, Any]:
    """Returns the same of a clip that could not be read, with an `error`, as photos have it."""
    return {
        "name": name,
        "width": None,
        "height": None,
        "duration_s": None,
        "rate": rate,
        "samples": [],
        "shares": None,
        "hints": [],
        "error": error.as_dict(),
    }


def _mean(shares: list[dict[str, float]]) -> dict[str, float] | None:
    if not shares:
        return None
    return {label: round(sum(one[label] for one in shares) / len(shares), 4) for label in LABELS}
