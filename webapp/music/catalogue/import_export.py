"""Playlists as files: out as XSPF or JSON, in from XSPF, JSON, M3U and PLS."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.core.affect import Point
from webapp.errors import ContentTooLarge, NotUnderstood
from webapp.music.catalogue import playlists, tracks
from webapp.music.catalogue.tables import KEY_LENGTH, NAME_LENGTH, Entry, Track, clean, is_clean, location_of
from webapp.music.catalogue.views import PlaylistView
from webapp.music.catalogue.visitors import ANYONE, Visitor
from webapp.music.sources.addresses import split_address
from webapp.music.sources.embeds import as_track, parse_embed
from webapp.music.sources.playlist_files import Item, parse, write_xspf

FORMAT = "countenance-playlist"
MAX_TRACKS = 5000
MAX_EXPORT_CHARS = 16 * 1024 * 1024
"""Of titles, artists and addresses: a hundred thousand ordinary tracks."""
ExportRow = tuple[str, str, str, str, str]
"""A track's kind, key, owner, title and artist."""
SCHEME = {"file": "", "built_in": "countenance:built-in/"}


@dataclass(frozen=True)
class PlaylistToImport:
    """A playlist file as it was read, without the catalogue."""

    name: str
    point: Point | None
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Imported:
    """What became of a playlist file.

    Attributes:
        playlist: The new playlist.
        num_left_out: Lines that name nothing that is in the catalogue or can be played from an address.
    """

    playlist: PlaylistView
    num_left_out: int


def read_for_export(
    session: Session, playlist_id: int, *, visitor: Visitor = ANYONE
) -> tuple[PlaylistView, list[ExportRow]]:
    """Returns a playlist and its tracks in their order; `write_file` makes a file of them without the database.

    Raises:
        ContentTooLarge: If there is more than `MAX_EXPORT_CHARS`.
    """
    view = playlists.get_playlist(session, playlist_id, visitor=visitor)
    joined = (Entry.track_id == Track.id, Entry.playlist_id == playlist_id)
    length = func.length(Track.key) + func.length(Track.title) + func.length(Track.artist)
    size = session.scalar(select(func.sum(length)).where(*joined)) or 0
    if size > MAX_EXPORT_CHARS:
        raise ContentTooLarge(
            f"The playlist's titles and addresses have {size} characters, at most {MAX_EXPORT_CHARS} fit into a file. "
            "Export it in parts."
        )
    query = select(Track.kind, Track.key, Track.owner, Track.title, Track.artist).where(*joined)
    rows = session.execute(query.order_by(Entry.position))
    return view, [(kind, key, owner, title, artist) for kind, key, owner, title, artist in rows]


def write_file(view: PlaylistView, rows: Sequence[ExportRow], suffix: str) -> bytes:
    """Returns the file of a playlist: `xspf`, or `json`, which also holds the point."""
    items = [
        Item(SCHEME.get(kind, "") + location_of(key, owner), title, artist)
        for kind, key, owner, title, artist in rows
    ]
    if suffix == "xspf":
        return write_xspf(view.name, items)
    point = view.point and {"valence": view.point.valence, "arousal": view.point.arousal}
    listed = [{"location": one.location, "title": one.title, "artist": one.artist} for one in items]
    content = {"format": FORMAT, "version": 1, "name": view.name, "point": point, "tracks": listed}
    return json.dumps(content, ensure_ascii=False, indent=2).encode()


def read_file(file_name: str, content: bytes) -> PlaylistToImport:
    """Reads a playlist file; nothing is fetched for it, and nothing asked of the database.

    Raises:
        NotUnderstood: If it is no playlist file.
    """
    path = PurePosixPath(file_name.replace("\\", "/"))
    suffix = path.suffix.lower()
    if suffix == ".json":
        name, point, items = _parse_json(content)
    elif suffix in (".xspf", ".m3u", ".m3u8", ".pls"):
        listed = parse(content, suffix)
        name, point, items = listed.name, None, list(listed.items)
    else:
        raise NotUnderstood(
            f"Expected a file that ends in .xspf, .json, .m3u, .m3u8 or .pls. Received: {path.name[:80]!r}"
        )
    return PlaylistToImport(clean(name or path.stem, NAME_LENGTH) or "Playlist", point, tuple(items))


def import_playlist(session: Session, read: PlaylistToImport, *, visitor: Visitor = ANYONE) -> Imported:
    """Makes a playlist of what was read."""
    ids = _find(session, read.items[:MAX_TRACKS], visitor)
    known = [number for number in ids if number is not None]
    view = playlists.create_playlist(session, read.name, read.point, track_ids=known, visitor=visitor)
    return Imported(view, len(read.items) - len(known))


def _parse_json(content: bytes) -> tuple[str, Point | None, list[Item]]:
    try:
        data = json.loads(content)
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            raise ValueError(f"`format` is not {FORMAT!r}")
        items = [_item(one) for one in data["tracks"]]
        point = (
            Point(**{side: float(value) for side, value in data["point"].items()})
            if data.get("point")
            else None
        )
        return _text(data["name"]), point, items
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise NotUnderstood(f"This is no playlist as this app writes them: {str(error)[:120]}.") from error


def _item(one: Any) -> Item:
    return Item(_text(one["location"]), _text(one.get("title", "")), _text(one.get("artist", "")))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected a text, received {str(value)[:40]!r}")
    return value


def _find(session: Session, items: Sequence[Item], visitor: Visitor) -> list[int | None]:
    """Returns the track of each item: by its place in the catalogue, its address, or a file's path that ends alike."""
    keys = dict(
        session.execute(select(Track.key, Track.id).where(Track.kind.in_(("file", "built_in")))).all()
    )
    by_name: dict[str, int | None] = {}
    for key, number in keys.items():
        name = PurePosixPath(key).name
        by_name[name] = None if name in by_name else number  # two of a name are none
    most = KEY_LENGTH - len(visitor.owner) - 1
    links = {place: track for place, item in enumerate(items) if (track := _link(item, most)) is not None}
    added = dict(zip(links, tracks.add_tracks(session, list(links.values()), visitor=visitor), strict=True))
    return [
        added[place].id if place in added else _known(item, keys, by_name) for place, item in enumerate(items)
    ]


def _known(item: Item, keys: dict[str, int], by_name: dict[str, int | None]) -> int | None:
    key = item.location.strip().removeprefix(SCHEME["built_in"]).replace("\\", "/")
    return keys.get(key) or by_name.get(PurePosixPath(key).name)


def _link(item: Item, most: int) -> Track | None:
    """Returns the track of an item that is an address which can be played, not yet in the database.

    Args:
        item: Line of a playlist file.
        most: Longest address, in characters.
    """
    address = item.location.strip()
    if len(address) > most or not is_clean(address) or split_address(address) is None:
        return None
    try:
        frame = parse_embed(address)
    except NotUnderstood:
        return None
    title = clean(item.title, NAME_LENGTH)
    if frame:
        return as_track(frame, title)
    return Track(kind="stream", key=address, title=title or address[:NAME_LENGTH])
