"""Tracks in the database, and what listeners did with them. Every function works in the caller's transaction."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from webapp.core.affect import Point
from webapp.errors import NotEditable, NotThere, NotUnderstood
from webapp.music.catalogue import mood_lists, playlists
from webapp.music.catalogue.tables import KEY_LENGTH, SHARED, Playlist, Track
from webapp.music.catalogue.views import Page, TrackView
from webapp.music.catalogue.visitors import ANYONE, Visitor
from webapp.music.sources.built_in import PLACES, made_at, make_playlist

LINKS = ("stream", "embed")
"""Kinds whose tracks are pasted addresses."""

MAX_LINKS = 20_000
"""Pasted addresses of a kind that are everybody's; the folder's files have no limit."""
MAX_LINKS_OF_VISITOR = 1_000
MAX_LINKS_OF_VISITORS = 200_000
MAX_KEYS = 500
"""Keys of one query: databases take only so many parameters."""


@dataclass(frozen=True)
class Which:
    """Which tracks to list.

    Attributes:
        search: Part of a title, artist or album, in any case; empty for all.
        pieces: Keys of built-in pieces that the search also means, by their names in the visitor's language.
        kind: Only those of a kind.
        state: Only those in a state.
        visitor: Only those that this visitor sees.
    """

    search: str = ""
    pieces: tuple[str, ...] = ()
    kind: str | None = None
    state: str | None = None
    visitor: Visitor = ANYONE

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """As the database understands it."""
        found = [Track.state != "removed", self.visitor.sees(Track)]
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


def find(session: Session, track_id: int, *, removed: bool = False, visitor: Visitor = ANYONE) -> Track:
    """Returns the row of a track, or (`removed`) of one that can be restored.

    Raises:
        NotThere: If there is none that this visitor sees.
    """
    row = session.get(Track, track_id)
    if row is None or (row.state == "removed") != removed or not visitor.may_see(row.owner):
        raise NotThere(f"There is no{' removed' if removed else ''} track {track_id}.")
    return row


def _changeable(session: Session, track_id: int, visitor: Visitor, *, removed: bool = False) -> Track:
    row = find(session, track_id, removed=removed, visitor=visitor)
    if not visitor.may_change(row.owner):
        raise NotEditable(
            f"The track {row.title!r} belongs to all visitors of this server, and only its operator can change it."
        )
    return row


def get_track(session: Session, track_id: int, *, visitor: Visitor = ANYONE) -> TrackView:
    """Returns one track."""
    return TrackView.of(find(session, track_id, visitor=visitor))


def add_track(session: Session, track: Track, *, visitor: Visitor = ANYONE) -> TrackView:
    """Adds a track, unless its kind has one with this key already; returns the one that is there.

    Raises:
        NotUnderstood: If its address is too long to be a visitor's own.
    """
    return view_added(session, [track], visitor=visitor)[0]


def view_added(session: Session, new: Sequence[Track], *, visitor: Visitor) -> list[TrackView]:
    """Adds tracks and returns what visitors see of them; see `add_tracks`."""
    return [TrackView.of(track) for track in add_tracks(session, new, visitor=visitor)]


def add_tracks(session: Session, new: Sequence[Track], *, visitor: Visitor = ANYONE) -> list[Track]:
    """Adds tracks, with few queries however many they are; returns those that are there for them, in their order.

    Raises:
        NotUnderstood: If an address is too long to be a visitor's own.
    """
    for track in new:
        _give_to(track, visitor.owner)
    rows: dict[tuple[str, str], Track] = {}
    wanted = {(track.kind, track.key): track for track in reversed(new)}  # of two alike the first
    for kind in {track.kind for track in new}:
        keys = [key for one, key in wanted if one == kind]
        for place, row in _with_keys(session, kind, keys).items():
            rows[place] = _refresh(
                row, wanted[place]
            )  # before room is made: what was removed is forgotten then
        missing = [key for key in keys if (kind, key) not in rows]
        if missing:
            playlists.make_room(session, _quota(kind), visitor.owner, forget_removed, more=len(missing))
            session.execute(insert(Track), [_values(wanted[kind, key]) for key in missing])
            rows.update(_with_keys(session, kind, missing))
    session.flush()
    return [rows[track.kind, track.key] for track in new]


def _quota(kind: str) -> playlists.Quota:
    limits = (MAX_LINKS, MAX_LINKS_OF_VISITOR, MAX_LINKS_OF_VISITORS)
    return playlists.Quota(Track, Track.kind == kind, "such tracks", *limits)


def _refresh(known: Track, again: Track) -> Track:
    """Takes back a removal of a track that is added again, and gives it a title if it had none."""
    if known.state == "removed":
        known.state, known.removed_at, known.places = "ok", None, None
    if is_untitled(known) and not is_untitled(again):
        known.title = again.title
    return known


def _with_keys(session: Session, kind: str, keys: Sequence[str]) -> dict[tuple[str, str], Track]:
    found: dict[tuple[str, str], Track] = {}
    for start in range(0, len(keys), MAX_KEYS):
        alike = (Track.kind == kind, Track.key.in_(keys[start : start + MAX_KEYS]))
        found.update({(row.kind, row.key): row for row in session.scalars(select(Track).where(*alike))})
    return found


def _values(track: Track) -> dict[str, Any]:
    """Returns a new track's columns with their defaults, the same for all: the database takes them in one statement."""
    values: dict[str, Any] = {}
    for column in Track.__table__.columns:
        if not column.primary_key:
            value = getattr(track, column.key)
            default = getattr(column.default, "arg", None)
            values[column.key] = value if value is not None or callable(default) else default
    return {**values, "details": track.details or {}}


def _give_to(track: Track, owner: str) -> None:
    track.owner = owner
    if owner == SHARED:
        return
    track.key = f"{owner} {track.key}"
    if len(track.key) > KEY_LENGTH:
        raise NotUnderstood(
            f"The address is longer than {KEY_LENGTH - len(owner) - 1} characters. Shorten it, or use another one."
        )


def is_untitled(track: Track) -> bool:
    """Whether a service's page could not be asked for its title when it was pasted; see `embeds.as_track`."""
    return track.kind == "embed" and track.title.startswith(f"{track.artist}: ")


def remove_track(session: Session, track_id: int, *, visitor: Visitor = ANYONE) -> None:
    """Takes a pasted address out of the catalogue and of all playlists; it can be restored for a day.

    Raises:
        NotEditable: If it is none: files and built-in pieces come from their source.
    """
    row = _changeable(session, track_id, visitor)
    if row.kind not in LINKS:
        raise NotEditable(
            f"The track {row.title!r} comes from its source and stays while that has it. Take it out of a playlist, or "
            "skip it, to hear it less."
        )
    row.places = [list(place) for place in playlists.take_out(session, track_id)]
    row.state, row.removed_at = "removed", time.time()


def restore_track(session: Session, track_id: int, *, visitor: Visitor = ANYONE) -> TrackView:
    """Takes a removal back, also from the playlists."""
    row = _changeable(session, track_id, visitor, removed=True)
    places, row.places, row.removed_at, row.state = row.places or [], None, None, "ok"
    session.flush()
    playlists.put_back(session, track_id, places)
    return TrackView.of(row)


def forget_removed(session: Session) -> None:
    """Deletes what was removed more than a day ago, with its feedback."""
    session.execute(delete(Track).where(Track.removed_at < time.time() - playlists.KEPT_S))


def correct_mood(
    session: Session, track_id: int, point: Point | None, *, visitor: Visitor = ANYONE
) -> TrackView:
    """Puts a track at a point of the user's, or takes that back.

    A built-in piece then is where its maker put it; a file's own mood is looked for again at the next scan.
    """
    row = _changeable(session, track_id, visitor)
    if point is not None:
        row.valence, row.arousal, row.mood_by = point.valence, point.arousal, "user"
    elif row.kind == "built_in":
        made = made_at(row.key)
        row.valence, row.arousal, row.mood_by = made.valence, made.arousal, "maker"
    else:
        row.valence = row.arousal = row.modified_ns = None
        row.mood_by, row.listened = "nobody", False
    session.flush()
    if row.kind == "file":
        mood_lists.divide_again(session)
    return TrackView.of(row)


def mark(session: Session, track_id: int, state: str, problem: str) -> None:
    """Notes that a track can be played, or why not."""
    row = find(session, track_id)
    row.state, row.problem = state, problem


def file_key(session: Session, track_id: int) -> str:
    """Returns a file's path in the music folder. Nothing is asked of the disk here: it may be slow.

    Raises:
        NotThere: If there is no such track, or it is no file.
    """
    row = find(session, track_id)
    if row.kind != "file":
        raise NotThere(f"Track {track_id} is no file. It is played from its own address.")
    return row.key


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
