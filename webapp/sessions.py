"""What the server remembers of a visitor while the connection lasts: boxes and numbers, no image."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from webapp.core.moods import Mood, follow_mood
from webapp.core.tracking import Track, Tracks, follow
from webapp.pipeline import Analysis


@dataclass(frozen=True)
class Reading:
    """How readings are made: the settings that matter here.

    Attributes:
        labels: In the model's order.
        min_confidence: Below it a label is unsure, 0..1.
        smoothing_s: Time constant of a face's probabilities, in seconds.
        settle_s: How long an expression must last to count as settled, in seconds.
    """

    labels: tuple[str, ...]
    min_confidence: float
    smoothing_s: float
    settle_s: float


@dataclass
class Session:
    """One visitor's state. `in_flight` is set while a frame is being analysed."""

    reading: Reading
    tracks: Tracks = field(default_factory=Tracks)
    mood: Mood | None = None
    in_flight: bool = False

    def update(self, analysis: Analysis, *, now_s: float) -> dict[str, Any]:
        """Takes in a frame and returns the faces and the mood of its acknowledgement.

        Args:
            analysis: Of the frame.
            now_s: Its time, in seconds of the server's monotonic clock.
        """
        self.tracks = follow(
            self.tracks, analysis.boxes, analysis.probs, now_s=now_s, tau_s=self.reading.smoothing_s
        )
        faces = [self._face(track, analysis) for track in self.tracks.seen if track.confirmed]
        clear = faces[0]["label"] if faces and faces[0]["state"] == "sure" else None
        self.mood = follow_mood(self.mood, clear, now_s=now_s)
        return {
            "faces": faces,
            "mood": {
                "label": self.mood.label,
                "since_ms": round((now_s - self.mood.since_s) * 1000),
                "settled": self.mood.settled(now_s, settle_s=self.reading.settle_s),
            },
            "hints": list(analysis.hints),
        }

    def _face(self, track: Track, analysis: Analysis) -> dict[str, Any]:
        return {
            "id": track.id,
            **describe_face(track.box.relative(analysis.width, analysis.height), track.probs, self.reading),
        }


def describe_face(box: Sequence[float], probs: np.ndarray, reading: Reading) -> dict[str, Any]:
    """Returns a face as the contracts have it, without its id.

    Args:
        box: `(x, y, w, h)` as shares of the picture, 0..1.
        probs: float array `(num_labels,)`.
        reading: Labels and threshold.
    """
    best = int(np.argmax(probs))
    confidence = float(probs[best])
    return {
        "box": [round(float(value), 4) for value in box],
        "label": reading.labels[best],
        "confidence": round(confidence, 4),
        "probs": {label: round(float(p), 4) for label, p in zip(reading.labels, probs, strict=True)},
        "state": "sure" if confidence >= reading.min_confidence else "unsure",
    }


class Sessions:
    """The visitors now connected, by socket id."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, sid: str) -> None:
        """Begins a visitor's session."""
        with self._lock:
            self._sessions[sid] = Session(self._reading)

    def close(self, sid: str) -> None:
        """Forgets a visitor; may be called for one who is not known."""
        with self._lock:
            self._sessions.pop(sid, None)

    def take(self, sid: str) -> Session | None:
        """Marks the visitor's session as busy and returns it; `None` if it is busy already.

        A visitor who disconnected meanwhile gets a session that nobody keeps.
        """
        with self._lock:
            session = self._sessions.get(sid) or Session(self._reading)
            if session.in_flight:
                return None
            session.in_flight = True
            return session

    def release(self, session: Session) -> None:
        """Lets the visitor's next frame in."""
        with self._lock:
            session.in_flight = False
