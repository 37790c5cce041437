"""Tracks in the database, and what listeners did with them. Every function works in the caller's transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from webapp.core.affect import Point
from webapp.errors import NotEditable, NotThere
from webapp.music.catalogue import playlists
from webapp.music.catalogue.tables import Playlist, Track
from webapp.music.catalogue.views import Page, TrackView
from webapp.music.sources.built_in import PLACES, made_at, make_playlist
from webapp.music.sources.files import path_of

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


def locate(session: Session, track_id: int, folder: Path | None) -> Path | None:
    """Returns where a track's file is; `None` if it is gone.

    Raises:
        NotThere: If there is no such track, or it is no file.
    """
    row = find(session, track_id)
    if row.kind != "file":
        raise NotThere(f"Track {track_id} is no file. It is played from its own address.")
    return path_of(folder, row.key) if folder else None


def note_gone(session: Session, track_id: int) -> None:
    """Notes that a file is gone, so that it is not chosen again."""
    mark(session, track_id, "missing", "The file is gone.")


def seed_built_in(session: Session) -> None:
    """Puts the built-in playlists and their pieces into the catalogue, where they are not there yet."""
    known = set(session.scalars(select(Playlist.key).where(Playlist.kind == "built_in")))
    for place in PLACES:
        if place.key not in known:
            row, pieces = make_playlist(place)
            session.add_all([*pieces, row])
            session.flush()
            playlists.fill(session, row, [piece.id for piece in pieces])
