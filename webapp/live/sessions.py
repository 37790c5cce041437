"""What the server remembers of a visitor while the connection lasts: boxes and numbers, no image.

The numbers of the last frame include 48 means of its brightness and 64 of each face's: too few to know anybody by.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace

import numpy as np

from webapp.core.affect import AffectState, Mood, Point, point_of, update_affect, update_mood
from webapp.core.label_state import FaceReading, LabelState, LabelThresholds
from webapp.core.resting_face import RestingFace, RestingRule
from webapp.core.tracking import (
    FaceTrack,
    FaceTracks,
    PrimaryFace,
    read_track,
    update_primary_face,
    update_tracks,
)
from webapp.live.protocol import FaceReply, FrameReply, LiveSettings, MoodReply, PlaceReply, PointReply
from webapp.recognition.detection.face import Face
from webapp.recognition.pipeline import MAX_FOLLOWED, Analysis, Reading, SearchHint

SEARCH_EVERY_S = 0.3
"""Shortest time between two searches of a whole frame while known faces are followed, and the longest without a face:
a newcomer who moves, as all who come do, waits no longer."""

STILL_SEARCH_S = 1.0
"""The same while nothing moves at the edge of the frame: the longest wait of somebody who appears without moving."""

FRAMES_PER_SEARCH = 3
"""Least number of frames to a search: on a slow server every frame comes later than `SEARCH_EVERY_S`, and searching
each would make it slower still."""


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
        frames_since_search: Number of frames since then.
        size: Width and height of the last frame in pixels, of which the faces are.
        cells: Brightness of the last frame's cells, see `frame_cells`.
        readings: What the model said about those faces, and when.
        reuse_s: How long a reading of a face that hardly changes may be used again, in seconds; 0 for never.
        in_flight: Whether a frame is being analysed.
        resting: The visitor's resting face, against which the primary face is read; `None` without one.
    """

    thresholds: LabelThresholds
    tracks: FaceTracks = field(default_factory=FaceTracks)
    primary: PrimaryFace | None = None
    mood: Mood | None = None
    affect: AffectState = AffectState()
    detect_side: int | None = None
    faces: tuple[Face, ...] = ()
    searched_s: float = 0.0
    frames_since_search: int = 0
    size: tuple[int, int] | None = None
    cells: np.ndarray | None = None
    readings: tuple[Reading, ...] = ()
    reuse_s: float = 0.0
    in_flight: bool = False
    resting: RestingFace | None = None

    def search_hint(self, *, now_s: float, busy: bool = False) -> SearchHint:
        """Returns how to look for faces in the next frame.

        Args:
            now_s: Time of the frame, in seconds of the server's monotonic clock.
            busy: Whether the server has little time left: searches then take half as many turns.

        Known faces are followed, unless there are too many, or the last frame lacked one of those that are shown: a
        person may then be about to come or go. The whole frame is searched now and then, sooner where something moves.
        """
        oldest_s = min((one.read_s or 0.0 for one in self.readings), default=0.0)
        readings = self.readings if now_s - oldest_s <= self.reuse_s + 1e-6 else ()
        certain = len(self.faces) <= MAX_FOLLOWED and len(self.faces) == len(self.tracks.shown)
        if not certain:
            return SearchHint((), self.detect_side)
        waited_s = (now_s - self.searched_s) / (2 if busy else 1)
        num_frames = self.frames_since_search / (2 if busy else 1)
        if not self.faces:
            cells = self.cells if waited_s < SEARCH_EVERY_S else None
            return SearchHint((), self.detect_side, cells, (), self.size)
        if waited_s < SEARCH_EVERY_S or num_frames < FRAMES_PER_SEARCH:
            return SearchHint(self.faces, self.detect_side, None, readings, self.size)
        if waited_s < STILL_SEARCH_S or num_frames < 2 * FRAMES_PER_SEARCH:
            return SearchHint(self.faces, self.detect_side, self.cells, readings, self.size)
        return SearchHint((), self.detect_side)

    def update(self, analysis: Analysis, *, now_s: float) -> FrameReply:
        """Takes in a frame and returns what its acknowledgement says.

        Args:
            analysis: Analysis of the frame.
            now_s: Time of the frame, in seconds of the server's monotonic clock. The client's own clock (`t_ms`) plays
                no part: smoothing must not depend on a number that a client may invent.
        """
        size = analysis.width, analysis.height
        self.faces, self.cells, self.size = analysis.faces, analysis.cells, size
        self.readings = tuple(
            one if one.read_s is not None else replace(one, read_s=now_s) for one in analysis.readings
        )
        self.frames_since_search += 1
        if analysis.searched:
            self.searched_s, self.frames_since_search = now_s, 0
        self.tracks = update_tracks(
            self.tracks,
            analysis.boxes,
            analysis.probs,
            size=size,
            now_s=now_s,
            thresholds=self.thresholds,
            resting=self.resting,
        )
        shown = self.tracks.shown
        self.primary = update_primary_face(self.primary, [track.id for track in shown], now_s=now_s)
        primary = next((track for track in shown if self.primary and track.id == self.primary.id), None)
        self.mood = update_mood(self.mood, self._sure_label(primary), now_s=now_s)
        point = None if primary is None else point_of(_said_of(primary)[0].tolist(), self.thresholds.labels)
        self.affect = update_affect(self.affect, point, now_s=now_s, settle_s=self.thresholds.settle_s)
        return FrameReply(
            faces=tuple(FaceReply(track.id, self._reading(track)) for track in shown),
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
        if track is None:
            return None
        _, state = _said_of(track)
        return self.thresholds.labels[state.label] if state.sure else None

    def _place(self, point: Point | None, now_s: float) -> PlaceReply:
        settle_s = self.thresholds.settle_s
        dwell_s = 0.0 if self.affect.anchor is None else now_s - self.affect.since_s
        share = 1.0 if dwell_s >= settle_s else dwell_s / settle_s
        return PlaceReply(
            point=PointReply.of(point),
            settled=PointReply.of(self.affect.settled),
            settling=round(share, 3) if point else 0.0,
        )

    def _reading(self, track: FaceTrack) -> FaceReading:
        is_primary = self.primary is not None and track.id == self.primary.id
        return read_track(track, self.tracks, self.thresholds, is_primary=is_primary)


def _said_of(primary: FaceTrack) -> tuple[np.ndarray, LabelState]:
    """Returns probabilities and label of the primary face, relative to the visitor's resting face if there is one."""
    said = primary.relative or primary
    return said.probs, said.label_state


class Sessions:
    """The visitors now connected, by socket id."""

    def __init__(
        self,
        thresholds: LabelThresholds,
        detect_side: int | None = None,
        *,
        reuse_s: float = 0.0,
        resting_rule: RestingRule | None = None,
    ) -> None:
        """Begins without visitors.

        Args:
            thresholds: Thresholds for visitors who choose none.
            detect_side: See `FaceDetector.detect`, for visitors who choose none.
            reuse_s: See `Session`.
            resting_rule: How the model's answers are read against a resting face; without it no baseline is accepted.
        """
        self.thresholds, self.resting_rule = thresholds, resting_rule
        self._reuse_s = reuse_s
        self._detect_side = detect_side
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, sid: str) -> None:
        """Begins a visitor's session."""
        with self._lock:
            self._sessions[sid] = Session(
                self.thresholds, detect_side=self._detect_side, reuse_s=self._reuse_s
            )

    def close(self, sid: str) -> None:
        """Forgets a visitor; one who is not known is ignored."""
        with self._lock:
            self._sessions.pop(sid, None)

    def apply_settings(self, sid: str, chosen: LiveSettings) -> LabelThresholds:
        """Applies a visitor's settings from the next frame on; returns the thresholds that then hold."""
        with self._lock:
            session = self._sessions.get(sid) or Session(self.thresholds)
            session.thresholds = self.thresholds.chosen(
                min_confidence=chosen.min_confidence,
                smoothing_s=chosen.smoothing_s,
                strength=chosen.strength,
            )
            session.detect_side = chosen.detect_side or self._detect_side
            session.resting = self._resting_face(chosen, session.thresholds)
            return session.thresholds

    def _resting_face(self, chosen: LiveSettings, thresholds: LabelThresholds) -> RestingFace | None:
        """Returns the resting face, in the model's own answers: it stays true when the strength changes."""
        if chosen.baseline is None or self.resting_rule is None:
            return None
        told = np.array([chosen.baseline[label] for label in self.thresholds.labels])
        then = thresholds.chosen(strength=chosen.baseline_strength)
        return RestingFace(then.restore(told), self.resting_rule, thresholds.restore)

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
