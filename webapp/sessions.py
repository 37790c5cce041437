"""What the server remembers of a visitor while the connection lasts: boxes and numbers, no image."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from webapp.core.affect import AffectState, Mood, Point, point_of, update_affect, update_mood
from webapp.core.label_state import Hysteresis, LabelState, update_label
from webapp.core.tracking import PrimaryFace, Track, Tracks, update_primary_face, update_tracks
from webapp.detection import Face
from webapp.detection.closer import MAX_FOLLOWED
from webapp.inference import Card
from webapp.pipeline import Analysis, Look
from webapp.protocol import Choice

SEARCH_EVERY_S = 0.3
"""How long known faces are followed before the whole picture is searched again: a newcomer waits so long at most."""

DEFAULT_READING = {"sure_from": 0.5, "unsure_below": 0.4, "lead": 0.1, "smoothing_s": 0.4}
"""For a model whose card names none: docs/live.md says how they are chosen."""


@dataclass(frozen=True)
class Reading:
    """How readings are made: the settings and the model's thresholds that matter here.

    Attributes:
        labels: In the model's order.
        min_confidence: From it on a label is sure, 0..1.
        smoothing_s: Time constant of a face's probabilities, in seconds.
        settle_s: How long an expression must last to count as settled, in seconds.
        gap: A sure label becomes unsure this much below `min_confidence`, 0..1.
        margin: Another label takes over when it is more probable by this much, 0..1.
    """

    labels: tuple[str, ...]
    min_confidence: float
    smoothing_s: float
    settle_s: float
    gap: float = 0.1
    margin: float = 0.1

    @classmethod
    def of_card(
        cls, card: Card, *, min_confidence: float | None, smoothing_s: float | None, settle_s: float
    ) -> Reading:
        """Takes what was chosen for a model from its card, save for what the operator sets.

        Args:
            card: The model's; one without a `reading` gives `DEFAULT_READING`.
            min_confidence: Instead of the card's; `None` leaves it.
            smoothing_s: Instead of the card's; `None` leaves it.
            settle_s: See `settle_s`.
        """
        chosen = {**DEFAULT_READING, **card.content.get("reading", {})}
        return cls(
            labels=card.labels,
            min_confidence=chosen["sure_from"] if min_confidence is None else min_confidence,
            smoothing_s=chosen["smoothing_s"] if smoothing_s is None else smoothing_s,
            settle_s=settle_s,
            gap=chosen["sure_from"] - chosen["unsure_below"],
            margin=chosen["lead"],
        )

    @property
    def hysteresis(self) -> Hysteresis:
        """When a label changes and when it is sure."""
        return Hysteresis(self.min_confidence, max(self.min_confidence - self.gap, 0.0), self.margin)

    def chosen(self, choice: Choice) -> Reading:
        """Returns the reading with what a visitor chose instead."""
        return replace(
            self,
            min_confidence=self.min_confidence if choice.min_confidence is None else choice.min_confidence,
            smoothing_s=self.smoothing_s if choice.smoothing_s is None else choice.smoothing_s,
        )


@dataclass
class Session:
    """One visitor's state.

    Attributes:
        reading: How readings are made for this visitor.
        tracks: The faces followed.
        focus: The one that is read first.
        mood: The visitor's.
        place: Where the expression is on the plane of valence and arousal, and where it settled.
        detect_side: See `FaceDetector.detect`.
        faces: Of the last frame, as the detector gave them.
        searched_s: When the whole picture was searched last, in seconds of the server's monotonic clock.
        in_flight: Set while a frame is being analysed.
    """

    reading: Reading
    tracks: Tracks = field(default_factory=Tracks)
    focus: PrimaryFace | None = None
    mood: Mood | None = None
    place: AffectState = AffectState()
    detect_side: int | None = None
    faces: tuple[Face, ...] = ()
    searched_s: float = 0.0
    in_flight: bool = False

    def look(self, *, now_s: float) -> Look:
        """Returns how to look for faces in the next frame.

        Known faces are followed for a while, unless there are too many, or as many as there should be were not seen:
        then somebody may be about to come or go.
        """
        certain = len(self.faces) <= MAX_FOLLOWED and len(self.faces) == len(self.tracks.shown)
        follow = certain and now_s - self.searched_s < SEARCH_EVERY_S
        return Look(self.faces if follow else (), self.detect_side)

    def update(self, analysis: Analysis, *, now_s: float) -> dict[str, Any]:
        """Takes in a frame and returns the faces and the mood of its acknowledgement.

        Args:
            analysis: Of the frame.
            now_s: Its time, in seconds of the server's monotonic clock.
        """
        reading = self.reading
        self.faces = analysis.faces
        if analysis.searched:
            self.searched_s = now_s
        self.tracks = update_tracks(
            self.tracks,
            analysis.boxes,
            analysis.probs,
            now_s=now_s,
            tau_s=reading.smoothing_s,
            hysteresis=reading.hysteresis,
        )
        shown = self.tracks.shown
        self.focus = update_primary_face(self.focus, [track.id for track in shown], now_s=now_s)
        self.mood = update_mood(self.mood, self._clear_label(), now_s=now_s)
        point = self._point()
        self.place = update_affect(self.place, point, now_s=now_s, settle_s=reading.settle_s)
        return {
            "faces": [self._face(track, analysis) for track in shown],
            "mood": {
                "label": self.mood.label,
                "since_ms": round((now_s - self.mood.since_s) * 1000),
                "settled": self.mood.settled(now_s, settle_s=reading.settle_s),
            },
            "place": self._place(point, now_s),
            "focus": self.focus.id if self.focus else None,
            "hints": list(analysis.hints),
        }

    def _clear_label(self) -> str | None:
        """The expression of the face that is read first, if it is sure."""
        for track in self.tracks.shown:
            if self.focus and track.id == self.focus.id and track.label_state.sure:
                return self.reading.labels[track.label_state.label]
        return None

    def _point(self) -> Point | None:
        """Where the expression of the face that is read first is on the plane of valence and arousal."""
        for track in self.tracks.shown:
            if self.focus and track.id == self.focus.id:
                return point_of([float(p) for p in track.probs], self.reading.labels)
        return None

    def _place(self, point: Point | None, now_s: float) -> dict[str, Any]:
        """Returns the place now and the settled one, and how far settling is, 0..1."""
        lasted = 0.0 if self.place.anchor is None else now_s - self.place.since_s
        share = 1.0 if lasted >= self.reading.settle_s else lasted / self.reading.settle_s
        return {
            "point": _point_dict(point),
            "settled": _point_dict(self.place.settled),
            "settling": round(share, 3) if point else 0.0,
        }

    def _face(self, track: Track, analysis: Analysis) -> dict[str, Any]:
        box = track.box.relative(analysis.width, analysis.height)
        return {"id": track.id, **describe_face(box, track.probs, self.reading, track.label_state)}


def _point_dict(point: Point | None) -> dict[str, float] | None:
    if point is None:
        return None
    return {"valence": round(point.valence, 3), "arousal": round(point.arousal, 3)}


def describe_face(
    box: Sequence[float], probs: np.ndarray, reading: Reading, label_state: LabelState | None = None
) -> dict[str, Any]:
    """Returns a face as the contracts have it, without its id.

    Args:
        box: `(x, y, w, h)` as shares of the picture, 0..1.
        probs: float array `(num_labels,)`.
        reading: Labels and thresholds.
        label_state: Of a face followed over time; without one, the face is judged by itself.
    """
    label_state = label_state or update_label(None, probs, reading.hysteresis)
    return {
        "box": [round(float(value), 4) for value in box],
        "label": reading.labels[label_state.label],
        "confidence": round(float(probs[label_state.label]), 4),
        "probs": {label: round(float(p), 4) for label, p in zip(reading.labels, probs, strict=True)},
        "state": "sure" if label_state.sure else "unsure",
    }


class Sessions:
    """The visitors now connected, by socket id."""

    def __init__(self, reading: Reading, detect_side: int | None = None) -> None:
        """Begins without visitors.

        Args:
            reading: How readings are made for who chooses nothing.
            detect_side: See `FaceDetector.detect`, for who chooses nothing.
        """
        self.reading = reading
        self._detect_side = detect_side
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, sid: str) -> None:
        """Begins a visitor's session."""
        with self._lock:
            self._sessions[sid] = Session(self.reading, detect_side=self._detect_side)

    def close(self, sid: str) -> None:
        """Forgets a visitor; may be called for one who is not known."""
        with self._lock:
            self._sessions.pop(sid, None)

    def choose(self, sid: str, choice: Choice) -> Reading:
        """Takes over what a visitor chose, from the next frame on; returns how it is read then."""
        with self._lock:
            session = self._sessions.get(sid) or Session(self.reading)
            session.reading = self.reading.chosen(choice)
            session.detect_side = choice.detect_side or self._detect_side
            return session.reading

    def take(self, sid: str) -> Session | None:
        """Marks the visitor's session as busy and returns it; `None` if it is busy already.

        A visitor who disconnected meanwhile gets a session that nobody keeps.
        """
        with self._lock:
            session = self._sessions.get(sid) or Session(self.reading)
            if session.in_flight:
                return None
            session.in_flight = True
            return session

    def release(self, session: Session) -> None:
        """Lets the visitor's next frame in."""
        with self._lock:
            session.in_flight = False
