"""The faces of a camera or a video over time: followed, smoothed and steadied as on the live page."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from webapp.core.label_state import FaceReading, LabelThresholds
from webapp.core.resting_face import RestingFace
from webapp.core.tracking import (
    FaceTrack,
    FaceTracks,
    PrimaryFace,
    read_track,
    update_primary_face,
    update_tracks,
)
from webapp.recognition.photo_decoding import decoded
from webapp.recognition.pipeline import Pipeline


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

    def __init__(
        self, pipeline: Pipeline, thresholds: LabelThresholds, resting: RestingFace | None = None
    ) -> None:
        """Begins without faces.

        Args:
            pipeline: Finds and classifies the faces of single frames.
            thresholds: Thresholds and times that turn probabilities into labels.
            resting: Resting face of the person whose face is the largest; `None` reads every face by itself.
        """
        self._pipeline, self._thresholds, self._resting = pipeline, thresholds, resting
        self._tracks = FaceTracks()
        self._primary: PrimaryFace | None = None
        self._last_s = -math.inf

    def read(self, frame: bytes | np.ndarray, t_s: float) -> list[TrackedFace]:
        """Returns the faces after a frame, the largest first.

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
        self._tracks = update_tracks(
            self._tracks,
            analysis.boxes,
            analysis.probs,
            size=(analysis.width, analysis.height),
            now_s=t_s,
            thresholds=self._thresholds,
            resting=self._resting,
        )
        shown = self._tracks.shown
        self._primary = update_primary_face(self._primary, [track.id for track in shown], now_s=t_s)
        return [TrackedFace(track.id, self._reading(track)) for track in shown]

    def _reading(self, track: FaceTrack) -> FaceReading:
        is_primary = self._primary is not None and track.id == self._primary.id
        return read_track(track, self._tracks, self._thresholds, is_primary=is_primary)
