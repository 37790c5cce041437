"""Playlists as files: out as XSPF or JSON, in from XSPF, JSON, M3U and PLS."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.core.affect import Point
from webapp.errors import NotUnderstood
from webapp.music.catalogue import playlists, tracks
from webapp.music.catalogue.tables import KEY_LENGTH, NAME_LENGTH, Entry, Track, clean, is_clean
from webapp.music.catalogue.views import PlaylistView
from webapp.music.sources.embeds import as_track, parse_embed
from webapp.music.sources.playlist_files import Item, parse, write_xspf

FORMAT = "countenance-playlist"
MAX_TRACKS = 5000
SCHEME = {"file": "", "built_in": "countenance:built-in/"}


@dataclass(frozen=True)
class Imported:
    """What became of a playlist file.

    Attributes:
        playlist: The new playlist.
        num_left_out: Lines that name nothing that is in the catalogue or can be played from an address.
    """

    playlist: PlaylistView
    num_left_out: int


def export_xspf(session: Session, playlist_id: int) -> tuple[str, bytes]:
    """Returns a playlist's name and its XSPF file."""
    view, rows = _rows(session, playlist_id)
    return view.name, write_xspf(view.name, [Item(_location(row), row.title, row.artist) for row in rows])


def export_json(session: Session, playlist_id: int) -> tuple[str, bytes]:
    """Returns a playlist's name and its JSON file, which also holds the point."""
    view, rows = _rows(session, playlist_id)
    point = view.point and {"valence": view.point.valence, "arousal": view.point.arousal}
    items = [{"location": _location(row), "title": row.title, "artist": row.artist} for row in rows]
    content = {"format": FORMAT, "version": 1, "name": view.name, "point": point, "tracks": items}
    return view.name, json.dumps(content, ensure_ascii=False, indent=2).encode()


def import_file(session: Session, file_name: str, content: bytes) -> Imported:
    """Makes a playlist of a file; nothing is fetched for it.

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
    ids = _find(session, items[:MAX_TRACKS])
    known = [number for number in ids if number is not None]
    view = playlists.create_playlist(
        session, clean(name or path.stem, NAME_LENGTH) or "Playlist", point, track_ids=known
    )
    return Imported(view, len(items) - len(known))


def _rows(session: Session, playlist_id: int) -> tuple[PlaylistView, list[Track]]:
    view = playlists.get_playlist(session, playlist_id)
    query = select(Track).join(Entry, Entry.track_id == Track.id).where(Entry.playlist_id == playlist_id)
    return view, list(session.scalars(query.order_by(Entry.position)))


def _location(row: Track) -> str:
    return SCHEME.get(row.kind, "") + row.key


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
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise NotUnderstood(f"This is no playlist as this app writes them: {str(error)[:120]}.") from error


def _item(one: Any) -> Item:
    return Item(_text(one["location"]), _text(one.get("title", "")), _text(one.get("artist", "")))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected a text, received {str(value)[:40]!r}")
    return value


def _find(session: Session, items: list[Item]) -> list[int | None]:
    """Returns the track of each item: by its place in the catalogue, its address, or a file's path that ends alike."""
    keys = dict(
        session.execute(select(Track.key, Track.id).where(Track.kind.in_(("file", "built_in")))).all()
    )
    by_name: dict[str, int | None] = {}
    for key, number in keys.items():
        name = PurePosixPath(key).name
        by_name[name] = None if name in by_name else number  # two of a name are none
    return [_one(session, item, keys, by_name) for item in items]


def _one(session: Session, item: Item, keys: dict[str, int], by_name: dict[str, int | None]) -> int | None:
    location = item.location.strip()
    if location.startswith(("http://", "https://")):
        return _link(session, location, item.title)
    key = location.removeprefix(SCHEME["built_in"]).replace("\\", "/")
    return keys.get(key) or by_name.get(PurePosixPath(key).name)


def _link(session: Session, address: str, title: str) -> int | None:
    try:
        frame = parse_embed(address)
    except NotUnderstood:
        return None
    if len(address) > KEY_LENGTH or not is_clean(address):
        return None
    title = clean(title, NAME_LENGTH)
    track = (
        as_track(frame, title)
        if frame
        else Track(kind="stream", key=address, title=title or address[:NAME_LENGTH])
    )
    return tracks.add_track(session, track).id
