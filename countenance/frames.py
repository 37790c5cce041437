"""The faces of a camera or a video over time: followed, smoothed and steadied as on the live page."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from webapp.core.label_state import FaceReading, LabelThresholds, read_face
from webapp.core.tracking import FaceTracks, scale_tracks, update_tracks
from webapp.recognition.photo_decoding import decoded
from webapp.recognition.pipeline import Analysis, Pipeline


@dataclass(frozen=True)
class TrackedFace:
    """A face of a frame.

    Attributes:
        id: Number that the face keeps from frame to frame.
        reading: Its place and its expression, smoothed over time.
    """

    id: int
    reading: FaceReading


class FrameReader:
    """Reads the frames of one camera or video, one after the other; `Reader.frames` makes it."""

    def __init__(self, pipeline: Pipeline, thresholds: LabelThresholds) -> None:
        """Begins without faces.

        Args:
            pipeline: Finds and classifies the faces of single frames.
            thresholds: Thresholds and times that turn probabilities into labels.
        """
        self._pipeline, self._thresholds = pipeline, thresholds
        self._tracks = FaceTracks()
        self._last_s = -math.inf
        self._size: tuple[int, int] | None = None

    def read(self, frame: bytes | np.ndarray, t_s: float) -> list[TrackedFace]:
        """Returns the faces after a frame, the longest known first.

        A face that comes where there was none shows at once, one beside others after 0.23 s: single frames have false
        ones.

        Args:
            frame: JPEG, PNG or WebP, or uint8 pixels `(height, width, 3)`, RGB.
            t_s: Time of the frame in seconds, on any clock; later than that of the frame before.

        Raises:
            AppError: If the frame cannot be decoded, or is larger than the settings allow.
            ValueError: If pixels have another shape or type, or the time is not later.
        """
        if not (math.isfinite(t_s) and t_s > self._last_s):
            raise ValueError(f"`t_s` must be later than that of the frame before. Received: {t_s=}")
        now_s = time.perf_counter()
        if isinstance(frame, np.ndarray):
            analysis = self._pipeline.analyse_pixels(decoded(frame).rgb, now_s)
        else:
            analysis = self._pipeline.analyse(frame, now_s)
        self._last_s = t_s
        self._tracks = self._updated(analysis, t_s)
        size = self._size = analysis.width, analysis.height
        return [
            TrackedFace(
                track.id,
                read_face(track.box.relative(*size), track.probs, self._thresholds, track.label_state),
            )
            for track in self._tracks.shown
        ]

    def _updated(self, analysis: Analysis, t_s: float) -> FaceTracks:
        size, tracks = (analysis.width, analysis.height), self._tracks
        if self._size not in (None, size):
            tracks = scale_tracks(tracks, size[0] / self._size[0], size[1] / self._size[1])
        return update_tracks(
            tracks,
            analysis.boxes,
            self._thresholds.adjust(analysis.probs),
            now_s=t_s,
            tau_s=self._thresholds.smoothing_s,
            hysteresis=self._thresholds.hysteresis,
        )
