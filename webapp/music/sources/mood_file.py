"""The moods of the folder's files, written into the folder on request: an XSPF playlist, for other players too."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.core.affect import Point, describe
from webapp.errors import CannotWrite
from webapp.music.catalogue.tables import Track
from webapp.music.choice.reasons import PLACES
from webapp.music.sources.playlist_files import Item, write_xspf

NAME = "countenance-moods.xspf"
MARK = b"urn:countenance:moods"
"""Stands in each file that we wrote; one without it is somebody else's."""
HEAD_BYTES = 4096


@dataclass(frozen=True)
class FileMood:
    """Where a file of the music folder lies on the plane.

    Attributes:
        key: Its path in the folder, with `/`.
        title: Its title.
        artist: Its artist; empty if unknown.
        point: Its place.
        by: Origin of the place: `user`, `tags` or `ear`.
    """

    key: str
    title: str
    artist: str
    point: Point
    by: str


def known_moods(session: Session) -> list[FileMood]:
    """Returns the moods of the folder's files that are there, by path."""
    which = (Track.kind == "file", Track.state == "ok", Track.valence.is_not(None))
    rows = session.scalars(select(Track).where(*which).order_by(Track.key))
    return [
        FileMood(row.key, row.title, row.artist, Point(row.valence or 0.0, row.arousal or 0.0), row.mood_by)
        for row in rows
    ]


def write(folder: Path, moods: Iterable[FileMood]) -> None:
    """Writes or replaces the file of moods, whole or not at all.

    Raises:
        CannotWrite: If the folder cannot be written to, or a file of this name is not ours.
    """
    target = folder / NAME
    content = write_xspf("Moods", [_item(one) for one in moods], {MARK.decode(): "1"})
    try:
        if _is_ours(target):
            _replace(target, content)
        else:
            with target.open("xb") as file:  # fails if another file has just appeared
                file.write(content)
    except FileExistsError as error:
        raise _foreign() from error
    except OSError as error:
        raise CannotWrite(
            f"The music folder cannot be written to ({os.strerror(error.errno or 0)}), so nothing was written. The "
            "playlist can be saved elsewhere: every playlist has XSPF and JSON."
        ) from error


def _replace(target: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=".countenance-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).chmod(target.stat().st_mode & 0o777)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)


def _is_ours(target: Path) -> bool:
    """Whether the file is one of ours; `False` if there is none."""
    if not os.path.lexists(target):
        return False
    if target.is_symlink() or not target.is_file():
        raise _foreign()
    with target.open("rb") as file:
        if MARK not in file.read(HEAD_BYTES):
            raise _foreign()
    return True


def _foreign() -> CannotWrite:
    return CannotWrite(
        f"There is a file {NAME} in the music folder that Countenance has not written, so it was left alone. Rename "
        "it, then try again."
    )


def _item(one: FileMood) -> Item:
    facts = {
        "urn:countenance:valence": f"{one.point.valence:.2f}",
        "urn:countenance:arousal": f"{one.point.arousal:.2f}",
        "urn:countenance:mood-by": one.by,
    }
    return Item(quote(one.key), one.title, one.artist, PLACES[describe(one.point)], tuple(facts.items()))
