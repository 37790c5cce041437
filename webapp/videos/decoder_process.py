"""A video, decoded by a process of its own: one that crashes the decoder does no harm to the server."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any, BinaryIO, cast

import numpy as np

from webapp.concurrency.child_process import bare_environment
from webapp.concurrency.native_threads import native_subprocess
from webapp.errors import AppError, ImageTooLarge, NotAVideo, VideoTooLong
from webapp.paths import PACKAGES
from webapp.recognition.photo_decoding import DecodedImage
from webapp.videos.decoding import Limits

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".3gp", ".webm", ".mkv", ".avi"})
MIN_RATE, MAX_RATE, DEFAULT_RATE = 0.1, 10.0, 2.0
"""Pictures looked at per second of a clip."""

ERRORS: dict[str, type[AppError]] = {kind.code: kind for kind in (ImageTooLarge, NotAVideo, VideoTooLong)}


class DecoderProcess:
    """Pictures of a clip at a chosen rate. Blocking; may be handed from thread to thread.

    Attributes:
        duration_s: Until the end of the last frame, in seconds; known at the end.
        is_cut_short: Whether less could be read than the clip says there is; known at the end.
    """

    def __init__(self, content: bytes | BinaryIO, limits: Limits) -> None:
        """Starts the decoder, at the niceness of this thread; it is never more than a picture ahead.

        Args:
            content: The clip: bytes, which stay in memory, or a file, which is read where it lies.
            limits: Limits of what is accepted.
        """
        self.duration_s, self.is_cut_short = 0.0, False
        subprocess = native_subprocess()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "webapp.videos.decoding", json.dumps(asdict(limits))],
            cwd=PACKAGES,
            env=bare_environment(),
            stdin=subprocess.PIPE if isinstance(content, bytes) else content,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # FFmpeg's notes about damaged clips
        )
        if isinstance(content, bytes):
            self._hand_over(content)

    def next(self) -> tuple[float, DecodedImage] | None:
        """Waits for the next picture.

        Returns:
            Its time in seconds from the first frame, and the picture; `None` at the end.

        Raises:
            NotAVideo: If the clip cannot be read.
            ImageTooLarge: If its frames have too many pixels.
            VideoTooLong: If there is more than accepted.
        """
        out = cast(BinaryIO, self._process.stdout)
        line = out.readline()
        crashed: dict[str, Any] = {"code": NotAVideo.code, "message": _CRASHED}
        said = json.loads(line) if line.endswith(b"\n") else crashed
        if "code" in said:
            raise ERRORS[said["code"]](said["message"])
        if "shape" not in said:
            self.duration_s, self.is_cut_short = said["duration_s"], said["is_cut_short"]
            return None
        height, width = said["shape"]
        pixels = out.read(3 * height * width)
        if len(pixels) < 3 * height * width:
            raise NotAVideo(_CRASHED)
        rgb = np.frombuffer(pixels, np.uint8).reshape(height, width, 3)
        return said["t_s"], DecodedImage(rgb, *said["sides"])

    def close(self) -> None:
        """Ends the decoder, wherever it is."""
        self._process.kill()
        self._process.wait()
        cast(BinaryIO, self._process.stdout).close()

    def _hand_over(self, content: bytes) -> None:
        """The decoder reads all before it says anything, so neither waits for the other."""
        stdin = cast(BinaryIO, self._process.stdin)
        try:
            stdin.write(content)
            stdin.close()
        except BrokenPipeError:  # it crashed, which `next` says
            stdin.close = lambda: None  # type: ignore[method-assign]


_CRASHED = "The clip is damaged or takes too long to decode. Save it again, as MP4 (H.264), and send that."
