"""Tracks in the database, and what listeners did with them. Every function works in the caller's transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from webapp.core.affect import Point
from webapp.music import playlists
from webapp.music.sources.built_in import made_at
from webapp.music.tables import Feedback, Track
from webapp.music.views import NotEditable, NotThere, Page, TrackView

LINKS = ("stream", "embed")
"""Kinds whose tracks are pasted addresses."""

MAX_LINKS = 20_000
"""Pasted addresses of a kind; the folder's files have no limit."""


@dataclass(frozen=True)
class Which:
    """Which tracks to list.

    Attributes:
        search: Part of a title, artist or album, in any case; empty for all.
        pieces: Keys of built-in pieces that the search also means, by their names in the visitor's language.
        kind: Only those of a kind.
        state: Only those in a state.
    """

    search: str = ""
    pieces: tuple[str, ...] = ()
    kind: str | None = None
    state: str | None = None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """As the database understands it."""
        found = [Track.state != "removed"]
        if self.search:
            texts = (Track.title, Track.artist, Track.album)
            parts = [text.icontains(self.search, autoescape=True) for text in texts]
            if self.pieces:
                parts.append((Track.kind == "built_in") & Track.key.in_(self.pieces))
            found.append(or_(*parts))
        if self.kind:
            found.append(Track.kind == self.kind)
        if self.state:
            found.append(Track.state == self.state)
        return found


def list_tracks(session: Session, page: int, page_size: int, which: Which) -> Page[TrackView]:
    """Returns tracks by title; `page` counts from 1."""
    query = select(Track).where(*which.conditions).order_by(Track.title, Track.id)
    rows = session.scalars(query.offset((page - 1) * page_size).limit(page_size))
    total = session.scalar(select(func.count()).select_from(Track).where(*which.conditions)) or 0
    return Page([TrackView.of(row) for row in rows], total, page, page_size)


def find(session: Session, track_id: int, *, removed: bool = False) -> Track:
    """Returns the row of a track, or (`removed`) of one that can be restored.

    Raises:
        NotThere: If there is none.
    """
    row = session.get(Track, track_id)
    if row is None or (row.state == "removed") != removed:
        raise NotThere(f"There is no{' removed' if removed else ''} track {track_id}.")
    return row


def get_track(session: Session, track_id: int) -> TrackView:
    """Returns one track."""
    return TrackView.of(find(session, track_id))


def add_track(session: Session, track: Track) -> TrackView:
    """Adds a track, unless its kind has one with this key already; returns the one that is there."""
    known = session.scalar(select(Track).where(Track.kind == track.kind, Track.key == track.key))
    if known is None:
        links = select(func.count()).where(Track.kind == track.kind)
        playlists.make_room(session, links, most=MAX_LINKS, forget=forget_removed, what="such tracks")
        session.add(track)
    elif known.state == "removed":
        known.state, known.removed_at, known.places = "ok", None, None
    session.flush()
    return TrackView.of(known or track)


def remove_track(session: Session, track_id: int) -> None:
    """Takes a pasted address out of the catalogue and of all playlists; it can be restored for a day.

    Raises:
        NotEditable: If it is none: files and built-in pieces come from their source.
    """
    row = find(session, track_id)
    if row.kind not in LINKS:
        raise NotEditable(
            f"The track {row.title!r} comes from its source and stays while that has it. Take it out of a playlist, or "
            "skip it, to hear it less."
        )
    row.places = [list(place) for place in playlists.take_out(session, track_id)]
    row.state, row.removed_at = "removed", time.time()


def restore_track(session: Session, track_id: int) -> TrackView:
    """Takes a removal back, also from the playlists."""
    row = find(session, track_id, removed=True)
    places, row.places, row.removed_at, row.state = row.places or [], None, None, "ok"
    session.flush()
    playlists.put_back(session, track_id, places)
    return TrackView.of(row)


def forget_removed(session: Session) -> None:
    """Deletes what was removed more than a day ago, with its feedback."""
    session.execute(delete(Track).where(Track.removed_at < time.time() - playlists.KEPT_S))


def correct_mood(session: Session, track_id: int, point: Point | None) -> TrackView:
    """Puts a track at a point of the user's, or takes that back.

    A built-in piece then is where its maker put it; a file's own mood is looked for again at the next scan.
    """
    row = find(session, track_id)
    if point is not None:
        row.valence, row.arousal, row.mood_by = point.valence, point.arousal, "user"
    elif row.kind == "built_in":
        made = made_at(row.key)
        row.valence, row.arousal, row.mood_by = made.valence, made.arousal, "maker"
    else:
        row.valence = row.arousal = row.modified_ns = None
        row.mood_by, row.listened = "nobody", False
    session.flush()
    return TrackView.of(row)


def mark(session: Session, track_id: int, state: str, problem: str) -> None:
    """Notes that a track can be played, or why not."""
    row = find(session, track_id)
    row.state, row.problem = state, problem


def react(session: Session, listener: str, track_id: int, action: str) -> Feedback:
    """Notes what a listener did with a track: `like`, `unlike`, `skip`, `unskip` or `played`."""
    find(session, track_id)
    row = session.get(Feedback, (listener, track_id))
    if row is None:
        row = Feedback(listener=listener, track_id=track_id, likes=0, skips=0, plays=0)
        session.add(row)
    if action in ("like", "unlike"):
        row.likes = int(action == "like")
    elif action == "skip":
        row.skips += 1
    elif action == "unskip":
        row.skips = max(0, row.skips - 1)
    else:
        row.plays += 1
    session.flush()
    session.expunge(row)
    return row


def forget_feedback(session: Session, listener: str) -> None:
    """Removes all feedback of one listener."""
    session.execute(delete(Feedback).where(Feedback.listener == listener))
