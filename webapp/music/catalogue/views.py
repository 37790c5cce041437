"""What leaves the database: plain values, usable after the transaction has ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.core.affect import Point
from webapp.music.catalogue.tables import Entry, Playlist, Track

Item = TypeVar("Item")


@dataclass(frozen=True)
class Page(Generic[Item]):
    """Some of many. `page` counts from 1."""

    items: Sequence[Item]
    total: int
    page: int
    page_size: int


@dataclass(frozen=True)
class PlaylistView:
    """See `tables.Playlist`."""

    id: int
    kind: str
    name: str
    point: Point | None
    placed_by: str
    num_tracks: int
    deleted: bool
    owner: str

    @classmethod
    def of(cls, row: Playlist, num_tracks: int) -> PlaylistView:
        """Copies a row."""
        return cls(
            id=row.id,
            kind=row.kind,
            name=row.name,
            point=point_of_row(row),
            placed_by=row.placed_by,
            num_tracks=num_tracks,
            deleted=row.deleted_at is not None,
            owner=row.owner,
        )


@dataclass(frozen=True)
class TrackView:
    """See `tables.Track`."""

    id: int
    kind: str
    title: str
    artist: str
    album: str
    duration_s: float | None
    bpm: float | None
    point: Point | None
    mood_by: str
    state: str
    problem: str
    url: str
    details: dict[str, Any]
    owner: str

    @classmethod
    def of(cls, row: Track) -> TrackView:
        """Copies a row; a file's address names its id alone, never its path."""
        return cls(
            id=row.id,
            kind=row.kind,
            title=row.title,
            artist=row.artist,
            album=row.album,
            duration_s=row.duration_s,
            bpm=row.bpm,
            point=point_of_row(row),
            mood_by=row.mood_by,
            state=row.state,
            problem=row.problem,
            url=f"/api/v1/tracks/{row.id}/audio" if row.kind == "file" else row.location,
            details=row.details,
            owner=row.owner,
        )


@dataclass(frozen=True)
class EntryView:
    """One place of a playlist."""

    id: int
    position: int
    track: TrackView


def point_of_row(row: Playlist | Track) -> Point | None:
    """Returns where a row is on the plane, if it is known."""
    if row.valence is None or row.arousal is None:
        return None
    return Point(row.valence, row.arousal)


def count_entries(session: Session, playlist_id: int) -> int:
    """Returns the number of tracks of a playlist."""
    return session.scalar(select(func.count()).where(Entry.playlist_id == playlist_id)) or 0


def view_playlist(session: Session, row: Playlist) -> PlaylistView:
    """Copies the row of a playlist, with the number of its tracks."""
    return PlaylistView.of(row, count_entries(session, row.id))
