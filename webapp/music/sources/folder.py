"""The user's own music: a folder, mirrored into the catalogue. Files are only read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from webapp.errors import NotUnderstood
from webapp.music.catalogue import playlists
from webapp.music.catalogue.tables import NAME_LENGTH, Playlist, Track, clean
from webapp.music.sources import mood_file
from webapp.music.sources.files import PLAYLIST_TYPES, FolderFile, Tags, Unreadable, path_of, read_tags, walk
from webapp.music.sources.playlist_files import Item, parse

MAX_PLAYLIST_BYTES = 4 * 1024 * 1024
LOOSE = "."
"""Key of the playlist of files that lie in no subfolder."""


@dataclass(frozen=True)
class FileRead:
    """A file of the folder as it was read: its tags, or what is wrong with it."""

    file: FolderFile
    tags: Tags | None
    problem: str


@dataclass(frozen=True)
class FileList:
    """A playlist file of the folder.

    Attributes:
        key: Its path in the folder.
        name: Its name for people.
        songs: Of each of its lines, the paths in the folder that it may mean.
    """

    key: str
    name: str
    songs: tuple[tuple[str, ...], ...]


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


def read_files(folder: Path, found: Iterable[FolderFile]) -> list[FileRead]:
    """Reads the tags of some files; outside any transaction, because a disk may be slow."""
    return [FileRead(file, *_read(folder / file.key)) for file in found]


def _read(path: Path) -> tuple[Tags | None, str]:
    try:
        return read_tags(path), ""
    except Unreadable as error:
        return None, clean(str(error), NAME_LENGTH)


def take_in(session: Session, read: Iterable[FileRead], known: Known, scan: int) -> None:
    """Takes files that were read into the catalogue."""
    for one in read:
        file = one.file
        entry = known.get(file.key)
        row = session.get(Track, entry[0]) if entry else None
        if row is None:
            row = Track(kind="file", key=file.key, title=PurePosixPath(file.key).stem[:NAME_LENGTH] or "?")
            session.add(row)
        row.size_bytes, row.modified_ns, row.scan = file.size_bytes, file.modified_ns, scan
        if one.tags is not None:
            _describe(row, one.tags)
        else:
            row.state, row.problem = "unreadable", one.problem


def _describe(row: Track, tags: Tags) -> None:
    row.state, row.problem = "ok", ""
    row.title, row.artist, row.album = tags.title, tags.artist, tags.album
    row.duration_s, row.bpm = tags.duration_s, tags.bpm
    row.details = {}  # its loudness may be another one
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


def read_lists(folder: Path) -> list[FileList]:
    """Reads the playlist files of the folder; outside any transaction, because a disk may be slow."""
    lists = (
        _read_list(folder, file)
        for file in walk(folder, PLAYLIST_TYPES)
        if file.key != mood_file.NAME  # our own list of all files
    )
    return [listed for listed in lists if listed is not None]


def mirror_playlists(session: Session, folder: Path, lists: Iterable[FileList]) -> None:
    """Makes a playlist of each subfolder of the music folder and of each playlist file in it."""
    query = select(Track.key, Track.id).where(Track.kind == "file").order_by(Track.key)
    ids = {key: number for key, number in session.execute(query)}
    wanted: dict[str, tuple[str, list[int]]] = {}
    for key, numbers in _by_subfolder(ids).items():
        wanted[key] = (folder.name if key == LOOSE else key, numbers)
    for listed in lists:
        found = (next((ids[key] for key in keys if key in ids), None) for keys in listed.songs)
        if numbers := [number for number in found if number is not None]:
            wanted[listed.key] = (listed.name, numbers)
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


def _read_list(folder: Path, file: FolderFile) -> FileList | None:
    path = path_of(folder, file.key)
    if path is None or file.size_bytes > MAX_PLAYLIST_BYTES:
        return None
    try:
        listed = parse(path.read_bytes(), path.suffix.lower())
    except (OSError, NotUnderstood):
        return None  # the folder's other music is not worse for it
    songs = tuple(_keys_of(item, folder, path.parent) for item in listed.items)
    return FileList(file.key, listed.name or path.stem, songs)


def _keys_of(item: Item, folder: Path, base: Path) -> tuple[str, ...]:
    """Returns the paths in the music folder that a line of a playlist file may mean."""
    location = item.location.replace("\\", "/")
    if location.lower().startswith("file://"):
        location = "/" + location[7:].partition("/")[2]
    keys = []
    for spelling in (
        location,
        unquote(location),
    ):  # XSPF has addresses, M3U has paths, some M3U have addresses
        try:
            keys.append((base / spelling).resolve().relative_to(folder.resolve()).as_posix())
        except (ValueError, OSError):
            continue
    return tuple(dict.fromkeys(keys))
