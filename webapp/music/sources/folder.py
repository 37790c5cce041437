"""The user's own music: a folder, mirrored into the catalogue. Files are only read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.errors import NotUnderstood
from webapp.music.catalogue import playlists
from webapp.music.catalogue.tables import NAME_LENGTH, Playlist, Track, clean
from webapp.music.sources.files import PLAYLIST_TYPES, FolderFile, Tags, Unreadable, path_of, read_tags, walk
from webapp.music.sources.playlist_files import Item, parse

MAX_PLAYLIST_BYTES = 4 * 1024 * 1024
LOOSE = "."
"""Key of the playlist of files that lie in no subfolder."""

Known = dict[str, tuple[int, int | None, int | None, str]]


def known_files(session: Session) -> Known:
    """Returns what the catalogue has, by key: id, size, time of change, state."""
    query = select(Track.key, Track.id, Track.size_bytes, Track.modified_ns, Track.state).where(
        Track.kind == "file"
    )
    return {
        key: (number, size, modified, state) for key, number, size, modified, state in session.execute(query)
    }


def is_new(found: FolderFile, known: Known) -> bool:
    """Whether a file has to be read (again)."""
    entry = known.get(found.key)
    return entry is None or entry[1:3] != (found.size_bytes, found.modified_ns) or entry[3] == "missing"


def take_in(session: Session, folder: Path, found: Iterable[FolderFile], known: Known, scan: int) -> int:
    """Reads some files into the catalogue; returns how many could not be read."""
    num_problems = 0
    for file in found:
        entry = known.get(file.key)
        row = session.get(Track, entry[0]) if entry else None
        if row is None:
            row = Track(kind="file", key=file.key, title=PurePosixPath(file.key).stem[:NAME_LENGTH] or "?")
            session.add(row)
        row.size_bytes, row.modified_ns, row.scan = file.size_bytes, file.modified_ns, scan
        try:
            _describe(row, read_tags(folder / file.key))
        except Unreadable as error:
            row.state, row.problem = "unreadable", clean(str(error), NAME_LENGTH)
            num_problems += 1
    return num_problems


def _describe(row: Track, tags: Tags) -> None:
    row.state, row.problem = "ok", ""
    row.title, row.artist, row.album = tags.title, tags.artist, tags.album
    row.duration_s, row.bpm = tags.duration_s, tags.bpm
    if row.mood_by == "user":
        return
    row.valence = row.arousal = None
    row.mood_by, row.listened = "nobody", False
    if tags.point is not None:
        row.valence, row.arousal, row.mood_by = tags.point.valence, tags.point.arousal, "tags"


def note_missing(session: Session, missing: Iterable[int]) -> None:
    """Says of files that are gone that they are; they stay in playlists and come back with their file."""
    numbers = list(missing)
    for start in range(0, len(numbers), 500):
        some = Track.id.in_(numbers[start : start + 500])
        session.execute(update(Track).where(some).values(state="missing", problem="The file is gone."))


def mirror_playlists(session: Session, folder: Path) -> None:
    """Makes a playlist of each subfolder of the music folder and of each playlist file in it."""
    query = select(Track.key, Track.id).where(Track.kind == "file").order_by(Track.key)
    ids = {key: number for key, number in session.execute(query)}
    wanted: dict[str, tuple[str, list[int]]] = {}
    for key, numbers in _by_subfolder(ids).items():
        wanted[key] = (folder.name if key == LOOSE else key, numbers)
    for file in walk(folder, PLAYLIST_TYPES):
        if (listed := _read_list(folder, file, ids)) and listed[1]:
            wanted[file.key] = listed
    rows = {row.key: row for row in session.scalars(select(Playlist).where(Playlist.kind == "folder"))}
    for key, (name, numbers) in wanted.items():
        row = rows.pop(key, None)
        if row is None:
            row = Playlist(kind="folder", key=key, placed_by="tracks")
            session.add(row)
        row.name = clean(name, NAME_LENGTH) or "Music"
        session.flush()
        playlists.fill(session, row, numbers)
    for row in rows.values():
        session.delete(row)


def _by_subfolder(ids: dict[str, int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for key, number in ids.items():
        top, slash, _ = key.partition("/")
        found[top if slash else LOOSE].append(number)
    return found


def _read_list(folder: Path, file: FolderFile, ids: dict[str, int]) -> tuple[str, list[int]] | None:
    path = path_of(folder, file.key)
    if path is None or file.size_bytes > MAX_PLAYLIST_BYTES:
        return None
    try:
        listed = parse(path.read_bytes(), path.suffix.lower())
    except (OSError, NotUnderstood):
        return None  # the folder's other music is not worse for it
    numbers = (_number_of(item, folder, path.parent, ids) for item in listed.items)
    return listed.name or path.stem, [number for number in numbers if number is not None]


def _number_of(item: Item, folder: Path, base: Path, ids: dict[str, int]) -> int | None:
    """Returns the track that a playlist file in the music folder names, if it is there."""
    location = item.location.replace("\\", "/")
    if location.lower().startswith("file://"):
        location = "/" + location[7:].partition("/")[2]
    for spelling in (
        location,
        unquote(location),
    ):  # XSPF has addresses, M3U has paths, some M3U have addresses
        try:
            key = (base / spelling).resolve().relative_to(folder.resolve()).as_posix()
        except (ValueError, OSError):
            continue
        if key in ids:
            return ids[key]
    return None
