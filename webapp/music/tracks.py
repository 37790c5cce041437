"""Tracks in the database, and what listeners did with them. Every function works in the caller's transaction."""

from __future__ import annotations

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from webapp.core.affect import Point
from webapp.music.tables import Feedback, Track
from webapp.music.views import Full, NotThere, Page, TrackView

MAX_LINKS = 20_000
"""Pasted addresses of a kind; the folder's files have no limit."""


def list_tracks(
    session: Session,
    page: int,
    page_size: int,
    *,
    search: str = "",
    kind: str | None = None,
    state: str | None = None,
) -> Page[TrackView]:
    """Returns tracks by title.

    Args:
        session: Of the database.
        page: From 1.
        page_size: At least 1.
        search: Part of a title, artist or album, in any case; empty for all.
        kind: Only those of a kind.
        state: Only those in a state.
    """
    which = []
    if search:
        parts = (Track.title, Track.artist, Track.album)
        which.append(or_(*(part.icontains(search, autoescape=True) for part in parts)))
    if kind:
        which.append(Track.kind == kind)
    if state:
        which.append(Track.state == state)
    query = select(Track).where(*which).order_by(Track.title, Track.id)
    rows = session.scalars(query.offset((page - 1) * page_size).limit(page_size))
    total = session.scalar(select(func.count()).select_from(Track).where(*which)) or 0
    return Page([TrackView.of(row) for row in rows], total, page, page_size)


def find(session: Session, track_id: int) -> Track:
    """Returns the row of a track.

    Raises:
        NotThere: If there is none.
    """
    row = session.get(Track, track_id)
    if row is None:
        raise NotThere(f"There is no track {track_id}.")
    return row


def get_track(session: Session, track_id: int) -> TrackView:
    """Returns one track."""
    return TrackView.of(find(session, track_id))


def add_track(session: Session, track: Track) -> TrackView:
    """Adds a track, unless its kind has one with this key already; returns the one that is there."""
    known = session.scalar(select(Track).where(Track.kind == track.kind, Track.key == track.key))
    if known is None:
        if (session.scalar(select(func.count()).where(Track.kind == track.kind)) or 0) >= MAX_LINKS:
            raise Full(f"There are {MAX_LINKS} such tracks, as many as there may be.")
        session.add(track)
        session.flush()
    return TrackView.of(known or track)


def correct_mood(session: Session, track_id: int, point: Point | None) -> TrackView:
    """Puts a track at a point of the user's; without one, its own mood is looked for again at the next scan."""
    row = find(session, track_id)
    if point is not None:
        row.valence, row.arousal, row.mood_by = point.valence, point.arousal, "user"
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
