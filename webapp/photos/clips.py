"""Clips to timelines: the faces of pictures at a chosen rate, read as photos are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from webapp.concurrency.limiter import Limiter, busy
from webapp.concurrency.native_threads import NativeThreadPool
from webapp.errors import ClientLeft, VideoTooLarge
from webapp.photos.reading import Found, PhotoReader
from webapp.photos.video import Clip
from webapp.photos.video_decoding import Limits
from webapp.settings import Settings

Seen = tuple[float, Found]
"""A picture's time, and its faces before they are read."""
Look = Callable[[], Seen | None]
Result = TypeVar("Result")

CLIPS_AT_ONCE, MAX_WAITING_CLIPS = 2, 8
RETRY_MS = 5000
CPU_SECONDS, CPU_SECONDS_PER_SECOND = 10, 2
"""Processor time that decoding may take: to begin with, and per second of the longest clip."""


@dataclass(frozen=True)
class Sample:
    """One picture of a clip.

    Attributes:
        t_s: Seconds from the first frame.
        found: Its faces.
        probs: float32 `(faces, num_labels)`.
    """

    t_s: float
    found: Found
    probs: np.ndarray


@dataclass(frozen=True)
class Timeline:
    """What a clip shows.

    Attributes:
        name: The file's.
        duration_s: In seconds.
        rate: Pictures per second that were asked for.
        is_cut_short: Whether the clip ends before it says it does.
        samples: In their order, at least one.
    """

    name: str
    duration_s: float
    rate: float
    is_cut_short: bool
    samples: tuple[Sample, ...]


def read_clip(
    name: str,
    clip: Clip,
    rate: float,
    *,
    reader: PhotoReader,
    step: Callable[[Look], Seen | None],
) -> Timeline:
    """Reads a clip to its end and closes it; blocking.

    Args:
        name: The file's.
        clip: Just opened.
        rate: The clip's.
        reader: Finds and reads faces.
        step: Runs the work of one picture and returns what it returns, wherever it likes.

    Raises:
        AppError: If the clip cannot be read, is more than accepted, or too many faces wait for the model.
    """

    def look() -> Seen | None:
        moment = clip.next()
        return (moment[0], reader.find_in(moment[1])) if moment else None

    try:
        seen = []
        while one := step(look):
            seen.append(one)
        probs = reader.classify([found for _, found in seen])
        samples = (Sample(t_s, found, rows) for (t_s, found), rows in zip(seen, probs, strict=True))
        return Timeline(name, round(clip.duration_s, 3), rate, clip.is_cut_short, tuple(samples))
    finally:
        clip.close()


class ClipDesk:
    """Reads uploaded clips in the threads of photos, a picture at a time: photos and other clips come in between.

    Attributes:
        limiter: Admits requests.
    """

    def __init__(self, reader: PhotoReader, threads: NativeThreadPool, settings: Settings) -> None:
        """Starts nothing.

        Args:
            reader: Finds and reads faces.
            threads: Shared with photos.
            settings: Limits.
        """
        self._reader, self._threads, self._settings = reader, threads, settings
        self.limiter = Limiter(
            CLIPS_AT_ONCE, queue=MAX_WAITING_CLIPS, refuse=busy(MAX_WAITING_CLIPS, "clips", RETRY_MS)
        )

    def read(
        self, name: str, data: bytes, rate: float, *, is_disconnected: Callable[[], bool] = lambda: False
    ) -> Timeline:
        """Reads a clip; blocking.

        Args:
            name: The file's.
            data: Its content.
            rate: Pictures per second.
            is_disconnected: Whether nobody wants to know any more; asked before the first and each further picture.

        Raises:
            AppError: See `read_clip`; also if it has too many bytes.
            ClientLeft: If nobody waits any more.
        """
        max_bytes = self._settings.max_video_bytes
        if len(data) > max_bytes:
            raise VideoTooLarge(
                f"The clip has {len(data)} bytes, at most {max_bytes} are accepted. Send a shorter one."
            )
        limits = limits_of(self._settings, rate)

        def in_turn(work: Callable[[], Result]) -> Result:
            if is_disconnected():
                raise ClientLeft("The connection was closed before the clip was read.")
            return self._threads.map(lambda _: work(), [None])[0]

        clip = in_turn(lambda: Clip(data, limits))
        return read_clip(name, clip, rate, reader=self._reader, step=in_turn)


def limits_of(settings: Settings, rate: float) -> Limits:
    """Returns what an operator accepts from visitors."""
    return Limits(
        rate=rate,
        max_pixels=settings.max_video_pixels,
        max_s=settings.max_video_s,
        max_samples=settings.max_video_samples,
        max_cpu_s=CPU_SECONDS + int(CPU_SECONDS_PER_SECOND * settings.max_video_s),
    )
