"""Playlists in the database. Every function works in the caller's transaction."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.orm import Session

from webapp.core.affect import Point
from webapp.errors import Full, NotEditable, NotThere
from webapp.music.catalogue.tables import Entry, Playlist, Track
from webapp.music.catalogue.views import (
    EntryView,
    Page,
    PlaylistView,
    TrackView,
    count_entries,
    view_playlist,
)

KEPT_S = 24 * 3600
"""How long a deleted playlist can be restored."""

MAX_OWN = 2000
MAX_ENTRIES = 100_000


def list_playlists(
    session: Session, page: int, page_size: int, *, deleted: bool = False
) -> Page[PlaylistView]:
    """Returns playlists by name, own ones first, built-in ones last."""
    which = Playlist.deleted_at.is_not(None) if deleted else Playlist.deleted_at.is_(None)
    order = (Playlist.kind == "built_in", Playlist.kind != "own", Playlist.name, Playlist.id)
    query = select(Playlist).where(which).order_by(*order)
    rows = session.scalars(query.offset((page - 1) * page_size).limit(page_size)).all()
    sizes = _sizes(session, [row.id for row in rows])
    total = session.scalar(select(func.count()).select_from(Playlist).where(which)) or 0
    return Page([PlaylistView.of(row, sizes.get(row.id, 0)) for row in rows], total, page, page_size)


def get_playlist(session: Session, playlist_id: int) -> PlaylistView:
    """Returns one playlist.

    Raises:
        NotThere: If there is none.
    """
    return view_playlist(session, find(session, playlist_id))


def create_playlist(
    session: Session,
    name: str,
    point: Point | None,
    *,
    track_ids: Sequence[int] = (),
    copy_of: int | None = None,
) -> PlaylistView:
    """Makes a playlist of the visitors' own, with some tracks or with those of another playlist."""
    own = select(func.count()).where(Playlist.kind == "own")
    make_room(session, own, most=MAX_OWN, forget=forget_deleted, what="playlists")
    row = Playlist(kind="own", key=None, name=name, placed_by="tracks")
    session.add(row)
    session.flush()
    if copy_of is not None:
        source = find(session, copy_of)
        row.valence, row.arousal, row.placed_by = source.valence, source.arousal, "user"
        query = select(Entry.track_id).where(Entry.playlist_id == source.id).order_by(Entry.position)
        track_ids = session.scalars(query).all()
    _append(session, row, track_ids)
    place(session, row, point)
    return get_playlist(session, row.id)


def change_playlist(
    session: Session,
    playlist_id: int,
    *,
    name: str | None = None,
    point: Point | None = None,
    by_tracks: bool = False,
) -> PlaylistView:
    """Renames a playlist, moves its point, or (`by_tracks`) lets its tracks place it again."""
    row = find(session, playlist_id)
    if name is not None and name != row.name:
        _must_be_own(row)
        row.name = name
    if by_tracks or point is not None:
        row.placed_by = "tracks"
        place(session, row, point)
    return get_playlist(session, playlist_id)


def delete_playlist(session: Session, playlist_id: int) -> None:
    """Deletes a playlist; it can be restored for a day."""
    find(session, playlist_id).deleted_at = time.time()


def restore_playlist(session: Session, playlist_id: int) -> PlaylistView:
    """Takes a deletion back."""
    find(session, playlist_id, deleted=True).deleted_at = None
    return get_playlist(session, playlist_id)


def forget_deleted(session: Session) -> None:
    """Removes own playlists that were deleted more than a day ago; others stay hidden."""
    old = Playlist.deleted_at < time.time() - KEPT_S
    session.execute(delete(Playlist).where(old, Playlist.kind == "own"))


def list_entries(session: Session, playlist_id: int, page: int, page_size: int) -> Page[EntryView]:
    """Returns a playlist's tracks in their order."""
    find(session, playlist_id)
    here = Entry.playlist_id == playlist_id
    query = select(Entry, Track).join(Track, Track.id == Entry.track_id).where(here).order_by(Entry.position)
    rows = session.execute(query.offset((page - 1) * page_size).limit(page_size)).all()
    total = session.scalar(select(func.count()).select_from(Entry).where(here)) or 0
    entries = [EntryView(entry.id, entry.position, TrackView.of(track)) for entry, track in rows]
    return Page(entries, total, page, page_size)


def add_tracks(
    session: Session, playlist_id: int, track_ids: Sequence[int], position: int | None = None
) -> None:
    """Puts tracks into an own playlist, at its end or before the track at `position`."""
    row = _must_be_own(find(session, playlist_id))
    if position is not None:
        _shift(session, row.id, position, None, len(track_ids))
    _append(session, row, track_ids, position)
    place(session, row, None)


def move_entry(session: Session, playlist_id: int, entry_id: int, position: int) -> EntryView:
    """Moves one track of an own playlist to another place; beyond the end is the end."""
    entry = _entry(session, playlist_id, entry_id)
    last = count_entries(session, playlist_id) - 1
    old, new = entry.position, min(position, last)
    if new < old:
        _shift(session, playlist_id, new, old, 1)
    elif new > old:
        _shift(session, playlist_id, old + 1, new + 1, -1)
    entry.position = new
    session.flush()
    return EntryView(entry.id, new, TrackView.of(session.get_one(Track, entry.track_id)))


def remove_entry(session: Session, playlist_id: int, entry_id: int) -> EntryView:
    """Takes one track out of an own playlist and returns it, so that it can be put back."""
    entry = _entry(session, playlist_id, entry_id)
    view = EntryView(entry.id, entry.position, TrackView.of(session.get_one(Track, entry.track_id)))
    session.delete(entry)
    session.flush()
    _shift(session, playlist_id, view.position, None, -1)
    place(session, find(session, playlist_id), None)
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


def make_room(
    session: Session, count: Select[int], *, most: int, forget: Callable[[Session], None], what: str
) -> None:
    """Forgets what was deleted more than a day ago once there are too many rows; `Full` if that does not help."""
    if (session.scalar(count) or 0) < most:
        return
    forget(session)
    if (session.scalar(count) or 0) >= most:
        raise Full(
            f"There are {most} {what}, as many as there may be. Delete some; they are gone after a day."
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


def find(session: Session, playlist_id: int, *, deleted: bool = False) -> Playlist:
    """Returns the row of a playlist; see `get_playlist`."""
    row = session.get(Playlist, playlist_id)
    if row is None or (row.deleted_at is not None) != deleted:
        raise NotThere(f"There is no{' deleted' if deleted else ''} playlist {playlist_id}.")
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


def _entry(session: Session, playlist_id: int, entry_id: int) -> Entry:
    row = _must_be_own(find(session, playlist_id))
    entry = session.get(Entry, entry_id)
    if entry is None or entry.playlist_id != row.id:
        raise NotThere(f"The playlist {row.name!r} has no entry {entry_id}.")
    return entry


def _append(session: Session, row: Playlist, track_ids: Sequence[int], position: int | None = None) -> None:
    known = _known(session, track_ids)
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


def _known(session: Session, track_ids: Sequence[int]) -> set[int]:
    known: set[int] = set()
    for start in range(0, len(track_ids), 500):
        some = track_ids[start : start + 500]
        known.update(session.scalars(select(Track.id).where(Track.id.in_(some), Track.state != "removed")))
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
