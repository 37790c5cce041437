"""Bytes of a video to upright images at a chosen rate, in memory alone, within limits.

Runs in a process of its own, which `DecoderProcess` starts: `python -m webapp.videos.decoding LIMITS`, the video on
stdin, images on stdout. Damaged videos make OpenCV's reader crash now and then, and that must not end the server.
"""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import sys
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import numpy as np

from webapp.errors import AppError, ImageTooLarge, NotAVideo, VideoTooLong
from webapp.recognition.photo_decoding import WORKING_SIDE, DecodedImage

VIDEO_WORDS = "MP4, MOV, WebM, Matroska or AVI"
FORMAT_WHITELIST = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"
"""FFmpeg's names. Playlists and the like stay out: they name other files and addresses, which FFmpeg would open."""

TIMEOUT_MS = 10_000
"""For finding the streams, and for the next frame."""
MAX_MEMORY_BYTES = 4 * 2**30
"""Of addresses, most of them libraries; a decoder that wants more fails."""
MAX_FRAMES_PER_S = 240
"""Above it a clip's times are no times: frames a thousandth of a second apart would be decoded for ever."""
USUAL_FPS = 25.0
JUST_BEFORE_S = 1e-4
"""0.5 s may be written as 0.49999."""


@dataclass(frozen=True)
class Limits:
    """What is accepted; `None` for any.

    Attributes:
        rate: Pictures per second, > 0.
        max_pixels: Width times height of a frame.
        max_s: Duration in seconds.
        max_samples: Pictures.
        max_cpu_s: Seconds of processor time for the whole clip.
    """

    rate: float
    max_pixels: int
    max_s: float | None = None
    max_samples: int | None = None
    max_cpu_s: int | None = None


class Decoder:
    """A clip as it is decoded, frame after frame.

    Frames are chosen by their own times, not by their number: phones record at a rate that varies.
    """

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        """Opens a clip and decodes nothing yet but its start.

        Args:
            file: Its content; OpenCV reads it where it is, so nothing is written anywhere.
            limits: Limits of what is accepted, and the rate of the images that `next` returns.

        Raises:
            NotAVideo: If it cannot be read.
            ImageTooLarge: If its frames have too many pixels.
            VideoTooLong: If it says itself that it is too long.
        """
        self._limits = limits
        self._capture = _open(file)
        self._fps, self._claimed_s = self._timing()
        self._check()
        self._next_s = 0.0
        self._first_s: float | None = None
        self._last_s = -1.0
        self._num_frames = self._num_moments = 0

    @property
    def duration_s(self) -> float:
        """Until the end of the last frame read so far, in seconds."""
        return self._last_s + 1 / self._fps if self._num_frames else 0.0

    @property
    def is_cut_short(self) -> bool:
        """Whether less was read, to the end, than the clip says there is."""
        return self.duration_s < 0.9 * self._claimed_s - 0.5

    def next(self) -> tuple[float, DecodedImage] | None:
        """Decodes up to the next picture that is due; returns its time in seconds with it, `None` at the end.

        Raises:
            NotAVideo: If not one frame can be decoded.
            ImageTooLarge: If the frames grow.
            VideoTooLong: If there is more than accepted.
        """
        while self._capture.grab():
            self._last_s = self._time()
            self._num_frames += 1
            self._check_length(self._last_s, self._num_moments + 1)
            if self._num_frames > MAX_FRAMES_PER_S * (self._last_s + 1):
                raise NotAVideo("The times in the clip make no sense. Save it again and send that.")
            if self._last_s >= self._next_s - JUST_BEFORE_S:
                self._next_s = (
                    math.floor((self._last_s + JUST_BEFORE_S) * self._limits.rate) + 1
                ) / self._limits.rate
                self._num_moments += 1
                return round(self._last_s, 3), self._picture()
        if not self._num_frames:
            raise NotAVideo("Not one frame of the clip can be decoded. Save it as MP4 (H.264) and send that.")
        return None

    def _timing(self) -> tuple[float, float]:
        import cv2

        fps = self._capture.get(cv2.CAP_PROP_FPS)
        fps = fps if 1 <= fps <= MAX_FRAMES_PER_S else USUAL_FPS
        num_frames = self._capture.get(cv2.CAP_PROP_FRAME_COUNT)
        return fps, num_frames / fps if 0 < num_frames < 1e9 else 0.0

    def _check(self) -> None:
        import cv2

        width, height = (
            int(self._capture.get(prop)) for prop in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
        )
        self._check_pixels(width, height)
        self._check_length(self._claimed_s, self._claimed_s * self._limits.rate)

    def _check_pixels(self, width: int, height: int) -> None:
        if width * height > self._limits.max_pixels:
            raise ImageTooLarge(
                f"The clip has {width} x {height} pixels, at most {self._limits.max_pixels} in all are accepted. "
                "Send a smaller one."
            )

    def _check_length(self, duration_s: float, num_samples: float) -> None:
        if self._limits.max_s is not None and duration_s > self._limits.max_s:
            raise VideoTooLong(
                f"The clip is longer than the {self._limits.max_s:g} seconds that are accepted. Send a part of it."
            )
        if self._limits.max_samples is not None and num_samples > self._limits.max_samples:
            raise VideoTooLong(
                f"At {self._limits.rate:g} pictures per second the clip has more than the {self._limits.max_samples:g} "
                "that are accepted. Choose a lower rate, or send a part of it."
            )

    def _time(self) -> float:
        """Seconds since the first frame, growing even where the clip's times do not."""
        import cv2

        t_s = self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000
        if self._first_s is None:
            self._first_s = t_s if math.isfinite(t_s) else 0.0
        t_s -= self._first_s
        return t_s if t_s > self._last_s else max(self._last_s, 0.0) + 1 / self._fps

    def _picture(self) -> DecodedImage:
        import cv2

        read, bgr = self._capture.retrieve()
        if not read or bgr is None or bgr.ndim != 3:
            raise NotAVideo("A frame of the clip cannot be decoded. Save it as MP4 (H.264) and send that.")
        height, width = bgr.shape[:2]
        self._check_pixels(width, height)
        scale = WORKING_SIDE / max(width, height)
        if scale < 1:
            bgr = cv2.resize(bgr, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return DecodedImage(cast(np.ndarray, cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)), width, height)


def _open(file: BinaryIO) -> cv2.VideoCapture:  # type: ignore[name-defined] # noqa: F821
    import cv2

    _set_up()
    start = file.read(16)
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    capture = cv2.VideoCapture()
    options = [
        cv2.CAP_PROP_N_THREADS, 1,
        cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, TIMEOUT_MS,
        cv2.CAP_PROP_READ_TIMEOUT_MSEC, TIMEOUT_MS,
    ]  # fmt: skip
    if not _is_container(start) or not capture.open(cast(Any, file), cv2.CAP_FFMPEG, options):
        raise NotAVideo(f"This is not a video we can read ({size} bytes received). Use {VIDEO_WORDS}.")
    return capture


def _is_container(start: bytes) -> bool:
    return (
        start[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide")
        or start.startswith(b"\x1aE\xdf\xa3")
        or (start.startswith(b"RIFF") and start[8:12] == b"AVI ")
    )


def _set_up() -> None:
    """OpenCV takes FFmpeg's options from the environment alone."""
    os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = f"format_whitelist;{FORMAT_WHITELIST}"


def main() -> None:
    """Writes each picture as a line of JSON and its pixels; the last line ends it or says what is wrong."""
    limits = Limits(**json.loads(sys.argv[1]))
    _limit_process(limits)
    out = sys.stdout.buffer
    try:
        decoder = Decoder(_content(), limits)
        while moment := decoder.next():
            t_s, picture = moment
            height, width = picture.rgb.shape[:2]
            sides = [picture.width, picture.height]
            _write(out, {"t_s": t_s, "shape": [height, width], "sides": sides}, picture.rgb.data)
        _write(out, {"duration_s": round(decoder.duration_s, 3), "is_cut_short": decoder.is_cut_short})
    except AppError as error:
        _write(out, {"code": error.code, "message": error.message})


def _content() -> BinaryIO:
    """A file is read where it lies, however large; what comes through a pipe stays in memory."""
    file = sys.stdin.buffer
    return file if file.seekable() else io.BytesIO(file.read())


def _limit_process(limits: Limits) -> None:
    with contextlib.suppress(ImportError):  # Windows has no such limits
        import resource

        if limits.max_cpu_s is not None:
            resource.setrlimit(resource.RLIMIT_CPU, (limits.max_cpu_s, limits.max_cpu_s))
        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


def _write(out: BinaryIO, line: dict[str, Any], pixels: Any = b"") -> None:
    out.write(json.dumps(line).encode() + b"\n")
    out.write(pixels)
    out.flush()


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # the server has closed its end
        main()
