"""Photos and clips on the disk: files, folders, patterns and zip archives, found without being read."""

from __future__ import annotations

import contextlib
import glob
import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO

from webapp.errors import NotAnImage, PhotoTooLarge
from webapp.videos.decoder_process import VIDEO_SUFFIXES

SUFFIXES = frozenset(
    {
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".mpo",
        ".png",
        ".apng",
        ".webp",
        ".bmp",
        ".dib",
        ".tif",
        ".tiff",
        ".gif",
    }
    | {".avif", ".avifs", ".heic", ".heif", ".hif"}
)
KNOWN = SUFFIXES | VIDEO_SUFFIXES


@dataclass(frozen=True)
class Source:
    """One photo or clip that can be read.

    Attributes:
        name: Name that is shown: its path, or the archive's path followed by the member's.
        stamp: Changes when the file does.
        path: The file, or the archive.
        member: Its name in the archive; `None` for a file.
    """

    name: str
    stamp: str
    path: Path
    member: str | None = None

    @property
    def is_video(self) -> bool:
        """Whether it is named like a clip."""
        return Path(self.name).suffix.lower() in VIDEO_SUFFIXES

    def read(self, max_bytes: int) -> bytes:
        """Returns the content.

        Raises:
            PhotoTooLarge: If it has more than `max_bytes`; it is not read then.
            NotAnImage: If it cannot be read at all.
        """
        try:
            if self.member is None:
                with self.path.open("rb") as file:
                    data = file.read(max_bytes + 1)
            else:
                with zipfile.ZipFile(self.path) as archive, archive.open(self.member) as file:
                    data = file.read(max_bytes + 1)
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
            reason = getattr(error, "strerror", None) or error
            raise NotAnImage(f"The file cannot be read: {reason}.") from error
        if len(data) > max_bytes:
            raise PhotoTooLarge(f"The file has more than the {max_bytes} bytes that are accepted.")
        return data

    @contextlib.contextmanager
    def open(self, max_bytes: int) -> Iterator[bytes | BinaryIO]:
        """Opens the content: a file of any size where it lies, an archive's member as bytes.

        Raises:
            PhotoTooLarge: If a member has more than `max_bytes`.
            NotAnImage: If it cannot be opened.
        """
        if self.member is not None:
            yield self.read(max_bytes)
            return
        try:
            file = self.path.open("rb")
        except OSError as error:
            raise NotAnImage(f"The file cannot be read: {error.strerror or error}.") from error
        with file:
            yield file


@dataclass(frozen=True)
class Boxes:
    """Where copies with boxes go.

    Attributes:
        folder: The folder that the command line names.
        shared: Folder that all absolute paths share, which is not rebuilt below `folder`.
    """

    folder: Path
    shared: PurePath | None = None

    def place_of(self, name: str) -> Path:
        """Returns the place of a photo's copy, never outside the folder: an archive's member may be `../../x`."""
        pure = PurePath(name)
        if self.shared is not None and pure.is_relative_to(self.shared):
            pure = pure.relative_to(self.shared)
        parts = [part.replace(":", "_").replace("\\", "_") for part in pure.parts]
        path = self.folder.joinpath(*(part for part in parts if part not in ("..", "/")))
        return path.with_name(f"{path.name}.boxes.jpg")


def shared_folder(sources: Sequence[Source]) -> PurePath | None:
    """Returns the folder that all sources with an absolute path share, `None` where there are none."""
    folders = [source.path.parent for source in sources if source.path.is_absolute()]
    try:
        return PurePath(os.path.commonpath(folders)) if folders else None
    except ValueError:  # on different drives
        return None


def find_sources(places: Sequence[str], *, leave_out: Path | None = None) -> Iterator[Source]:
    """Yields the photos and clips of files, folders (with all below), patterns and zip archives, each once.

    A file that is named is yielded whatever its ending; in folders and archives only known endings are. What does not
    exist is yielded too, so that it is reported like any file that cannot be read.

    Args:
        places: Paths and patterns as typed.
        leave_out: A folder that is not searched: where the results go.
    """
    seen: set[str] = set()
    for place in places:
        for source in _find(place):
            hidden = leave_out is not None and source.path.resolve().is_relative_to(leave_out.resolve())
            if source.name not in seen and not hidden:
                seen.add(source.name)
                yield source


def _find(place: str) -> Iterator[Source]:
    path = Path(place)
    if path.is_dir():
        for found in sorted(path.rglob("*")):
            visible = not any(part.startswith(".") for part in found.relative_to(path).parts)
            if visible and found.suffix.lower() in KNOWN and found.is_file():
                yield _file(found)
    elif path.suffix.lower() == ".zip" and path.is_file():
        yield from _members(path)
    elif not path.exists() and glob.has_magic(place):
        matches = sorted(glob.glob(place, recursive=True))  # noqa: PTH207 - `Path.glob` takes no absolute pattern
        for match in matches:
            yield from _find(match)
        if not matches:
            yield Source(place, "", path)
    else:
        yield _file(path)


def _file(path: Path) -> Source:
    try:
        state = path.stat()
    except OSError:
        return Source(str(path), "", path)
    return Source(str(path), f"{state.st_size}-{state.st_mtime_ns}", path)


def _members(path: Path) -> Iterator[Source]:
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in sorted(archive.infolist(), key=lambda entry: entry.filename):
                name = Path(entry.filename)
                if not entry.is_dir() and name.suffix.lower() in KNOWN and "__MACOSX" not in name.parts:
                    stamp = f"{entry.file_size}-{entry.CRC}"
                    yield Source(f"{path}/{entry.filename}", stamp, path, entry.filename)
    except (OSError, zipfile.BadZipFile):
        yield _file(path)
