"""Audio files in the music folder: found, named safely, their tags read."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from webapp.core.affect import Point
from webapp.music.catalogue.tables import KEY_LENGTH, NAME_LENGTH, clean, is_clean
from webapp.music.mood_estimation import point_from_tags
from webapp.music.sources.audio_tags import AudioError, read_audio

AUDIO_TYPES = {
    ".aac": "audio/aac",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".oga": "audio/ogg",
    ".ogg": "audio/ogg",
    ".opus": "audio/ogg",
    ".wav": "audio/wav",
}
PASSING = frozenset(
    {
        errno.EIO,
        errno.EMFILE,
        errno.ENFILE,
        errno.ENOMEM,
        errno.ESTALE,
        errno.ETIMEDOUT,
        errno.ENODEV,
        errno.ENOTCONN,
        errno.ECONNRESET,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.ENETUNREACH,
    }
)
PLAYLIST_TYPES = {".m3u", ".m3u8", ".xspf"}


class Unreadable(Exception):
    """A file that is no music as far as one can tell; the message is for people."""


@dataclass(frozen=True)
class FolderFile:
    """A file in the music folder.

    Attributes:
        key: Its path in the folder, with `/`.
        size_bytes: Its size.
        modified_ns: Time of its last change, Unix nanoseconds.
    """

    key: str
    size_bytes: int
    modified_ns: int


@dataclass(frozen=True)
class Tags:
    """What a file says of itself; `point` from its mood, genre and tempo."""

    title: str
    artist: str
    album: str
    duration_s: float
    bpm: float | None
    point: Point | None


def walk(folder: Path, suffixes: frozenset[str] | set[str]) -> Iterator[FolderFile]:
    """Yields the files of some kinds, by name; links to folders are not followed, unnameable files left out."""
    for root, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            if Path(name).suffix.lower() in suffixes and not name.startswith("."):
                found = _look(folder, Path(root) / name)
                if found is not None:
                    yield found


def _look(folder: Path, path: Path) -> FolderFile | None:
    key = path.relative_to(folder).as_posix()
    try:
        status = path.stat()
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None  # reading from a named pipe would wait for ever
    if len(key) > KEY_LENGTH or not is_clean(key) or not path.resolve().is_relative_to(folder.resolve()):
        return None
    return FolderFile(key, status.st_size, status.st_mtime_ns)


def will_pass(error: BaseException | None) -> bool:
    """Whether a file could not be read for a reason that says nothing of it: a disk that fails, too many open files."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in PASSING:
            return True
        error = error.__cause__
    return False


def path_of(folder: Path, key: str) -> Path | None:
    """Returns the file of a key; `None` if it is gone, or lies outside the folder by whatever trick."""
    path = (folder / key).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.is_file() else None


def read_tags(path: Path) -> Tags:
    """Reads a file's tags.

    Raises:
        Unreadable: If it is no audio file, or damaged.
    """
    try:
        audio = read_audio(path)
    except AudioError as error:
        raise Unreadable(str(error)) from error
    tags = audio.tags
    bpm = _number(_first(tags, "bpm"))
    return Tags(
        title=_first(tags, "title") or clean(PurePosixPath(path.name).stem, NAME_LENGTH) or "?",
        artist=_first(tags, "artist"),
        album=_first(tags, "album"),
        duration_s=round(audio.length_s, 3),
        bpm=bpm,
        point=point_from_tags(_words(tags, "mood"), _words(tags, "genre"), bpm),
    )


def _values(tags: Mapping[str, Sequence[str]], name: str) -> list[str]:
    return [clean(value, NAME_LENGTH) for value in tags.get(name, ())]


def _first(tags: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(_values(tags, name)), "")


def _words(tags: Mapping[str, Sequence[str]], name: str) -> list[str]:
    return [
        word for value in _values(tags, name) for word in value.replace(";", ",").replace("/", ",").split(",")
    ]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 20 <= value <= 400 else None
