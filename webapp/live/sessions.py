"""What the server remembers of a visitor while the connection lasts: boxes and numbers, no image."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from webapp.core.affect import AffectState, Mood, Point, point_of, update_affect, update_mood
from webapp.core.label_state import LabelThresholds, read_face
from webapp.core.tracking import FaceTrack, FaceTracks, PrimaryFace, update_primary_face, update_tracks
from webapp.live.protocol import FaceReply, FrameReply, LiveSettings, MoodReply, PlaceReply, PointReply
from webapp.recognition.detection.face import Face
from webapp.recognition.pipeline import MAX_FOLLOWED, Analysis, SearchHint

SEARCH_EVERY_S = 0.3
"""Time for which known faces are followed before the whole frame is searched again: the longest wait of a newcomer."""


@dataclass
class Session:
    """One visitor's state.

    Attributes:
        thresholds: Thresholds that turn probabilities into this visitor's labels.
        tracks: The faces followed.
        primary: The face whose expression is the visitor's mood.
        mood: The visitor's mood.
        affect: Place of the expression on the plane of valence and arousal, and where it settled.
        detect_side: Longer side in pixels at which frames are searched, see `FaceDetector.detect`.
        faces: Faces of the last frame, as the detector gave them.
        searched_s: Time of the last search of a whole frame, in seconds of the server's monotonic clock.
        in_flight: Whether a frame is being analysed.
    """

    thresholds: LabelThresholds
    tracks: FaceTracks = field(default_factory=FaceTracks)
    primary: PrimaryFace | None = None
    mood: Mood | None = None
    affect: AffectState = AffectState()
    detect_side: int | None = None
    faces: tuple[Face, ...] = ()
    searched_s: float = 0.0
    in_flight: bool = False

    def search_hint(self, *, now_s: float) -> SearchHint:
        """Returns how to look for faces in the next frame.

        Known faces are followed for a while, unless there are too many, or the last frame lacked one of those that are
        shown: a person may then be about to come or go.
        """
        certain = len(self.faces) <= MAX_FOLLOWED and len(self.faces) == len(self.tracks.shown)
        follow = certain and now_s - self.searched_s < SEARCH_EVERY_S
        return SearchHint(self.faces if follow else (), self.detect_side)

    def update(self, analysis: Analysis, *, now_s: float) -> FrameReply:
        """Takes in a frame and returns what its acknowledgement says.

        Args:
            analysis: Analysis of the frame.
            now_s: Time of the frame, in seconds of the server's monotonic clock. The client's own clock (`t_ms`) plays
                no part: smoothing must not depend on a number that a client may invent.
        """
        self.faces = analysis.faces
        if analysis.searched:
            self.searched_s = now_s
        self.tracks = update_tracks(
            self.tracks,
            analysis.boxes,
            analysis.probs,
            now_s=now_s,
            tau_s=self.thresholds.smoothing_s,
            hysteresis=self.thresholds.hysteresis,
        )
        shown = self.tracks.shown
        self.primary = update_primary_face(self.primary, [track.id for track in shown], now_s=now_s)
        primary = next((track for track in shown if self.primary and track.id == self.primary.id), None)
        self.mood = update_mood(self.mood, self._sure_label(primary), now_s=now_s)
        point = None if primary is None else point_of(primary.probs.tolist(), self.thresholds.labels)
        self.affect = update_affect(self.affect, point, now_s=now_s, settle_s=self.thresholds.settle_s)
        return FrameReply(
            faces=self._faces(shown, analysis),
            focus=self.primary.id if self.primary else None,
            mood=MoodReply(
                label=self.mood.label,
                since_ms=round((now_s - self.mood.since_s) * 1000),
                settled=self.mood.settled(now_s, settle_s=self.thresholds.settle_s),
            ),
            place=self._place(point, now_s),
            hints=analysis.hints,
        )

    def _sure_label(self, track: FaceTrack | None) -> str | None:
        if track is None or not track.label_state.sure:
            return None
        return self.thresholds.labels[track.label_state.label]

    def _place(self, point: Point | None, now_s: float) -> PlaceReply:
        settle_s = self.thresholds.settle_s
        dwell_s = 0.0 if self.affect.anchor is None else now_s - self.affect.since_s
        share = 1.0 if dwell_s >= settle_s else dwell_s / settle_s
        return PlaceReply(
            point=PointReply.of(point),
            settled=PointReply.of(self.affect.settled),
            settling=round(share, 3) if point else 0.0,
        )

    def _faces(self, tracks: Sequence[FaceTrack], analysis: Analysis) -> tuple[FaceReply, ...]:
        size = analysis.width, analysis.height
        return tuple(
            FaceReply(
                track.id,
                read_face(track.box.relative(*size), track.probs, self.thresholds, track.label_state),
            )
            for track in tracks
        )


class Sessions:
    """The visitors now connected, by socket id."""

    def __init__(self, thresholds: LabelThresholds, detect_side: int | None = None) -> None:
        """Begins without visitors.

        Args:
            thresholds: Thresholds for visitors who choose none.
            detect_side: See `FaceDetector.detect`, for visitors who choose none.
        """
        self.thresholds = thresholds
        self._detect_side = detect_side
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, sid: str) -> None:
        """Begins a visitor's session."""
        with self._lock:
            self._sessions[sid] = Session(self.thresholds, detect_side=self._detect_side)

    def close(self, sid: str) -> None:
        """Forgets a visitor; one who is not known is ignored."""
        with self._lock:
            self._sessions.pop(sid, None)

    def apply_settings(self, sid: str, chosen: LiveSettings) -> LabelThresholds:
        """Applies a visitor's settings from the next frame on; returns the thresholds that then hold."""
        with self._lock:
            session = self._sessions.get(sid) or Session(self.thresholds)
            session.thresholds = self.thresholds.chosen(
                min_confidence=chosen.min_confidence, smoothing_s=chosen.smoothing_s
            )
            session.detect_side = chosen.detect_side or self._detect_side
            return session.thresholds

    def take(self, sid: str) -> Session | None:
        """Marks the visitor's session as busy and returns it; `None` if it is busy already.

        A visitor who disconnected meanwhile gets a session that is not kept.
        """
        with self._lock:
            session = self._sessions.get(sid) or Session(self.thresholds)
            if session.in_flight:
                return None
            session.in_flight = True
            return session

    def release(self, session: Session) -> None:
        """Admits the visitor's next frame."""
        with self._lock:
            session.in_flight = False
