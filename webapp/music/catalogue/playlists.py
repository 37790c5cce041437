"""Playlists in the database. Every function works in the caller's transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, func, insert, select, update
from sqlalchemy.orm import Session

from webapp.core.affect import Point
from webapp.errors import Full, NotEditable, NotThere
from webapp.music.catalogue.tables import SHARED, Entry, Playlist, Track
from webapp.music.catalogue.views import (
    EntryView,
    Page,
    PlaylistView,
    TrackView,
    count_entries,
    view_playlist,
)
from webapp.music.catalogue.visitors import ANYONE, Visitor

KEPT_S = 24 * 3600
"""How long a deleted playlist can be restored."""

MAX_OWN = 2000
"""Playlists that visitors have made for everybody."""
MAX_OWN_OF_VISITOR = 200
MAX_OWN_OF_VISITORS = 100_000
MAX_ENTRIES = 100_000


def list_playlists(
    session: Session, page: int, page_size: int, *, deleted: bool = False, visitor: Visitor = ANYONE
) -> Page[PlaylistView]:
    """Returns the playlists that a visitor sees by name, own ones first, built-in ones last."""
    is_there = Playlist.deleted_at.is_not(None) if deleted else Playlist.deleted_at.is_(None)
    which = is_there & visitor.sees(Playlist)
    order = (Playlist.kind == "built_in", Playlist.kind != "own", Playlist.name, Playlist.id)
    query = select(Playlist).where(which).order_by(*order)
    rows = session.scalars(query.offset((page - 1) * page_size).limit(page_size)).all()
    sizes = _sizes(session, [row.id for row in rows])
    total = session.scalar(select(func.count()).select_from(Playlist).where(which)) or 0
    return Page([PlaylistView.of(row, sizes.get(row.id, 0)) for row in rows], total, page, page_size)


def get_playlist(session: Session, playlist_id: int, *, visitor: Visitor = ANYONE) -> PlaylistView:
    """Returns one playlist.

    Raises:
        NotThere: If there is none that this visitor sees.
    """
    return view_playlist(session, find(session, playlist_id, visitor=visitor))


def create_playlist(
    session: Session,
    name: str,
    point: Point | None,
    *,
    track_ids: Sequence[int] = (),
    copy_of: int | None = None,
    visitor: Visitor = ANYONE,
) -> PlaylistView:
    """Makes a playlist of the visitors' own, with some tracks or with those of another playlist."""
    make_room(session, _quota(), visitor.owner, forget_deleted)
    source = None if copy_of is None else find(session, copy_of, visitor=visitor)
    owner = source.owner if source and source.owner else visitor.owner  # what was a visitor's own stays so
    row = Playlist(kind="own", key=None, name=name, placed_by="tracks", owner=owner)
    session.add(row)
    session.flush()
    if source is not None:
        row.valence, row.arousal, row.placed_by = source.valence, source.arousal, "user"
        query = select(Entry.track_id).where(Entry.playlist_id == source.id).order_by(Entry.position)
        track_ids = session.scalars(query).all()
    _append(session, row, track_ids)
    place(session, row, point)
    return view_playlist(session, row)


def _quota() -> Quota:
    is_own = Playlist.kind == "own"
    return Quota(Playlist, is_own, "playlists", MAX_OWN, MAX_OWN_OF_VISITOR, MAX_OWN_OF_VISITORS)


def change_playlist(
    session: Session,
    playlist_id: int,
    *,
    name: str | None = None,
    point: Point | None = None,
    by_tracks: bool = False,
    visitor: Visitor = ANYONE,
) -> PlaylistView:
    """Renames a playlist, moves its point, or (`by_tracks`) lets its tracks place it again."""
    row = _changeable(session, playlist_id, visitor)
    if name is not None and name != row.name:
        _must_be_own(row)
        row.name = name
    if by_tracks or point is not None:
        row.placed_by = "tracks"
        place(session, row, point)
    return view_playlist(session, row)


def delete_playlist(session: Session, playlist_id: int, *, visitor: Visitor = ANYONE) -> None:
    """Deletes a playlist; it can be restored for a day."""
    _changeable(session, playlist_id, visitor).deleted_at = time.time()


def restore_playlist(session: Session, playlist_id: int, *, visitor: Visitor = ANYONE) -> PlaylistView:
    """Takes a deletion back."""
    row = _changeable(session, playlist_id, visitor, deleted=True)
    row.deleted_at = None
    return view_playlist(session, row)


def forget_deleted(session: Session) -> None:
    """Removes own playlists that were deleted more than a day ago; others stay hidden."""
    old = Playlist.deleted_at < time.time() - KEPT_S
    session.execute(delete(Playlist).where(old, Playlist.kind == "own"))


def list_entries(
    session: Session, playlist_id: int, page: int, page_size: int, *, visitor: Visitor = ANYONE
) -> Page[EntryView]:
    """Returns a playlist's tracks in their order."""
    find(session, playlist_id, visitor=visitor)
    here = Entry.playlist_id == playlist_id
    query = select(Entry, Track).join(Track, Track.id == Entry.track_id).where(here).order_by(Entry.position)
    rows = session.execute(query.offset((page - 1) * page_size).limit(page_size)).all()
    total = session.scalar(select(func.count()).select_from(Entry).where(here)) or 0
    entries = [EntryView(entry.id, entry.position, TrackView.of(track)) for entry, track in rows]
    return Page(entries, total, page, page_size)


def held_tracks(
    session: Session, playlist_id: int, track_ids: Sequence[int], *, visitor: Visitor = ANYONE
) -> list[int]:
    """Returns which of some tracks a playlist holds already."""
    find(session, playlist_id, visitor=visitor)
    which = (Entry.playlist_id == playlist_id, Entry.track_id.in_(track_ids))
    return list(session.scalars(select(Entry.track_id).where(*which).distinct()))


def add_tracks(
    session: Session,
    playlist_id: int,
    track_ids: Sequence[int],
    position: int | None = None,
    *,
    visitor: Visitor = ANYONE,
) -> None:
    """Puts tracks into an own playlist, at its end or before the track at `position`."""
    row = _must_be_own(_changeable(session, playlist_id, visitor))
    if position is not None:
        _shift(session, row.id, position, None, len(track_ids))
    _append(session, row, track_ids, position)
    place(session, row, None)


def move_entry(
    session: Session, playlist_id: int, entry_id: int, position: int, *, visitor: Visitor = ANYONE
) -> EntryView:
    """Moves one track of an own playlist to another place; beyond the end is the end."""
    entry = _entry(session, playlist_id, entry_id, visitor)
    last = count_entries(session, playlist_id) - 1
    old, new = entry.position, min(position, last)
    if new < old:
        _shift(session, playlist_id, new, old, 1)
    elif new > old:
        _shift(session, playlist_id, old + 1, new + 1, -1)
    entry.position = new
    session.flush()
    return EntryView(entry.id, new, TrackView.of(session.get_one(Track, entry.track_id)))


def remove_entry(
    session: Session, playlist_id: int, entry_id: int, *, visitor: Visitor = ANYONE
) -> EntryView:
    """Takes one track out of an own playlist and returns it, so that it can be put back."""
    entry = _entry(session, playlist_id, entry_id, visitor)
    view = EntryView(entry.id, entry.position, TrackView.of(session.get_one(Track, entry.track_id)))
    session.delete(entry)
    session.flush()
    _shift(session, playlist_id, view.position, None, -1)
    place(session, session.get_one(Playlist, playlist_id), None)
    return view


def take_out(session: Session, track_id: int) -> list[tuple[int, int]]:
    """Takes a track out of all playlists; returns where it was: playlists and positions."""
    entries = session.scalars(select(Entry).where(Entry.track_id == track_id).order_by(Entry.position)).all()
    places = [(entry.playlist_id, entry.position) for entry in entries]
    for entry, (playlist_id, position) in reversed(list(zip(entries, places, strict=True))):
        session.delete(entry)
        session.flush()
        _shift(session, playlist_id, position, None, -1)
    _place_all(session, {playlist_id for playlist_id, _ in places})
    return places


def put_back(session: Session, track_id: int, places: Iterable[Sequence[int]]) -> None:
    """Undoes `take_out`, except in playlists that are gone."""
    found: set[int] = set()
    for playlist_id, position in places:
        row = session.get(Playlist, playlist_id)
        if row is None:
            continue
        _shift(session, playlist_id, position, None, 1)
        _append(session, row, [track_id], position)
        found.add(playlist_id)
    _place_all(session, found)


@dataclass(frozen=True)
class Quota:
    """How many rows of a kind there may be.

    Attributes:
        table: Table of the rows.
        which: Condition for the rows that count.
        what: Name of the rows, for the error.
        shared: Limit of those that are everybody's.
        of_visitor: Limit of one visitor's own.
        of_visitors: Limit of all visitors' own together: a cookie costs nothing.
    """

    table: type[Playlist] | type[Track]
    which: ColumnElement[bool]
    what: str
    shared: int
    of_visitor: int
    of_visitors: int


def make_room(
    session: Session, quota: Quota, owner: str, forget: Callable[[Session], None], *, more: int = 1
) -> None:
    """Forgets what was deleted more than a day ago where `more` rows find no room; `Full` if that does not help."""
    mine = quota.table.owner == owner
    limits = [(mine, quota.shared)]
    if owner != SHARED:
        limits = [(mine, quota.of_visitor), (quota.table.owner != SHARED, quota.of_visitors)]
    for owners, most in limits:
        count = select(func.count()).select_from(quota.table).where(quota.which, owners)
        if (session.scalar(count) or 0) + more <= most:
            continue
        forget(session)
        if (session.scalar(count) or 0) + more > most:
            raise _full(quota.what, most, more)


def _full(what: str, most: int, more: int) -> Full:
    if more == 1:
        return Full(
            f"There are {most} {what}, as many as there may be. Delete some; they are gone after a day."
        )
    return Full(
        f"There is no room for {more} more {what}: {most} are the most. Delete some; they are gone in a day."
    )


def fill(session: Session, row: Playlist, track_ids: Sequence[int]) -> None:
    """Makes a playlist hold exactly these tracks, which also place it unless a user or its maker has."""
    known = session.scalars(
        select(Entry.track_id).where(Entry.playlist_id == row.id).order_by(Entry.position)
    ).all()
    if list(known) != list(track_ids):
        session.execute(delete(Entry).where(Entry.playlist_id == row.id))
        _append(session, row, track_ids, 0)
    place(session, row, None)


def place(session: Session, row: Playlist, point: Point | None) -> None:
    """Puts a playlist at a point; without one, at the mean of its tracks unless a user or its maker has placed it."""
    if point is not None:
        row.valence, row.arousal, row.placed_by = point.valence, point.arousal, "user"
    elif row.placed_by == "tracks":
        mean = select(func.avg(Track.valence), func.avg(Track.arousal)).join(
            Entry, Entry.track_id == Track.id
        )
        row.valence, row.arousal = session.execute(mean.where(Entry.playlist_id == row.id)).one()
    session.flush()


def find(session: Session, playlist_id: int, *, deleted: bool = False, visitor: Visitor = ANYONE) -> Playlist:
    """Returns the row of a playlist; see `get_playlist`."""
    row = session.get(Playlist, playlist_id)
    if row is None or (row.deleted_at is not None) != deleted or not visitor.may_see(row.owner):
        raise NotThere(f"There is no{' deleted' if deleted else ''} playlist {playlist_id}.")
    return row


def _changeable(session: Session, playlist_id: int, visitor: Visitor, *, deleted: bool = False) -> Playlist:
    row = find(session, playlist_id, deleted=deleted, visitor=visitor)
    if not visitor.may_change(row.owner):
        raise NotEditable(
            f"The playlist {row.name!r} belongs to all visitors of this server. Copy it to change it for yourself."
        )
    return row


def _place_all(session: Session, playlist_ids: set[int]) -> None:
    for playlist_id in playlist_ids:
        place(session, session.get_one(Playlist, playlist_id), None)


def _must_be_own(row: Playlist) -> Playlist:
    if row.kind != "own":
        raise NotEditable(
            f"The playlist {row.name!r} is made from its source. Copy it to change its name or its tracks; its point "
            "can be moved."
        )
    return row


def _entry(session: Session, playlist_id: int, entry_id: int, visitor: Visitor) -> Entry:
    row = _must_be_own(_changeable(session, playlist_id, visitor))
    entry = session.get(Entry, entry_id)
    if entry is None or entry.playlist_id != row.id:
        raise NotThere(f"The playlist {row.name!r} has no entry {entry_id}.")
    return entry


def _append(session: Session, row: Playlist, track_ids: Sequence[int], position: int | None = None) -> None:
    known = _known(session, track_ids, row.owner)
    if missing := [number for number in track_ids if number not in known]:
        raise NotThere(f"There is no track {missing[0]}.")
    start = (
        count_entries(session, row.id) if position is None else min(position, count_entries(session, row.id))
    )
    if start + len(track_ids) > MAX_ENTRIES:
        raise Full(f"A playlist holds up to {MAX_ENTRIES} tracks.")
    entries = [
        {"playlist_id": row.id, "track_id": number, "position": start + place}
        for place, number in enumerate(track_ids)
    ]
    if entries:
        session.execute(insert(Entry), entries)


def _known(session: Session, track_ids: Sequence[int], owner: str) -> set[int]:
    """Returns which tracks are there for the owner of a playlist: what all see must hold nothing of one visitor's."""
    known: set[int] = set()
    for start in range(0, len(track_ids), 500):
        which = (
            Track.id.in_(track_ids[start : start + 500]),
            Track.state != "removed",
            Track.owner.in_((SHARED, owner)),
        )
        known.update(session.scalars(select(Track.id).where(*which)))
    return known


def _shift(session: Session, playlist_id: int, first: int, beyond: int | None, by: int) -> None:
    """Moves the entries at `first` up to, not including, `beyond` by some places."""
    which = [Entry.playlist_id == playlist_id, Entry.position >= first]
    if beyond is not None:
        which.append(Entry.position < beyond)
    session.execute(update(Entry).where(*which).values(position=Entry.position + by))


def _sizes(session: Session, playlist_ids: Iterable[int]) -> dict[int, int]:
    query = select(Entry.playlist_id, func.count()).where(Entry.playlist_id.in_(list(playlist_ids)))
    return {number: size for number, size in session.execute(query.group_by(Entry.playlist_id))}
