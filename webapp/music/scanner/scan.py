"""`python -m webapp.music.scanner.scan`: takes the music folder into the catalogue, then measures what has no tags.

A process of its own, of low priority: librosa never enters the server, and no visitor waits. It says in the
database how far it is, ends when the server that started it is gone, and goes on where it stopped at the next start.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.errors import AppError, SettingsError
from webapp.music.catalogue import playlists
from webapp.music.catalogue.database import Database, database_url
from webapp.music.catalogue.tables import NAME_LENGTH, SCANNING, Playlist, Scan, Track
from webapp.music.mood_estimation import point_from_sound
from webapp.music.sources import folder as mirror
from webapp.music.sources.files import AUDIO_TYPES, Unreadable, path_of, walk
from webapp.settings import Settings

BATCH = 100
SILENT_S = 60.0
"""A scanner that was not heard of for so long is dead. Hearing one file takes a second, the first one a minute."""

Item = TypeVar("Item")


class Stopped(Exception):
    """The server that started this scan is gone."""


class Scanner:
    """One scan, from beginning to end."""

    def __init__(self, database: Database, folder: Path, *, parent: int | None = None) -> None:
        self._database = database
        self._folder = folder
        self._parent = parent
        self._number = 0

    def run(self) -> bool:
        """Scans; returns `False` at once if another process does so already."""
        if not self._database.write(self._begin):
            return False
        try:
            self._read_files()
            self._hear_files()
            self._say(state="done")
        except Stopped:
            self._say(state="idle")
        except Exception as error:
            self._say(state="failed", message=_sentence(error))
            raise
        return True

    def _begin(self, session: Session) -> bool:
        row = scan_row(session)
        if is_running(row):
            return False
        self._number = row.number = row.number + 1
        row.state, row.message, row.started_at, row.beat_at = "reading", "", time.time(), time.time()
        row.num_found = row.num_done = row.num_problems = 0
        return True

    def _read_files(self) -> None:
        if not self._folder.is_dir():
            raise SettingsError(f"The music folder {self._folder} is not there. See the setting MUSIC_DIR.")
        known = self._database.read(mirror.known_files)
        found = list(walk(self._folder, set(AUDIO_TYPES)))
        new = [file for file in found if mirror.is_new(file, known)]
        self._say(state="reading", num_found=len(new), num_done=0)
        for some in _batches(new, BATCH):
            num = self._database.write(mirror.take_in, self._folder, some, known, self._number)
            self._advance(len(some), num)
        here = {file.key for file in found}
        self._database.write(
            mirror.note_missing,
            [
                number
                for key, (number, _, _, state) in known.items()
                if key not in here and state != "missing"
            ],
        )
        self._database.write(mirror.mirror_playlists, self._folder)

    def _hear_files(self) -> None:
        waiting = self._database.read(_unheard)
        self._say(state="listening", num_found=len(waiting), num_done=0)
        for track_id, key in waiting:
            heard = self._hear(key)
            self._database.write(_note_heard, track_id, heard)
            self._advance(1, 0)
        if waiting:
            self._database.write(_place_playlists)

    def _hear(self, key: str) -> Any:
        from webapp.music.scanner.audio_features import listen

        path = path_of(self._folder, key)
        try:
            return point_from_sound(listen(path)) if path else None
        except Unreadable:
            return None  # it may still play: browsers know formats that libsndfile does not

    def _advance(self, num_done: int, num_problems: int) -> None:
        def note(session: Session) -> None:
            row = scan_row(session)
            row.num_done += num_done
            row.num_problems += num_problems
            row.beat_at = time.time()

        self._database.write(note)
        if self._parent is not None and os.getppid() != self._parent:
            raise Stopped

    def _say(self, **changes: Any) -> None:
        def note(session: Session) -> None:
            row = scan_row(session)
            for name, value in {**changes, "beat_at": time.time()}.items():
                setattr(row, name, value)

        self._database.write(note)


def scan_row(session: Session) -> Scan:
    """Returns the one row about scans."""
    row = session.get(Scan, 1)
    if row is None:
        row = Scan(id=1, number=0, state="idle", num_found=0, num_done=0, num_problems=0, message="")
        session.add(row)
        session.flush()
    return row


def is_running(row: Scan) -> bool:
    """Whether a scanner works on it and is alive."""
    return row.state in SCANNING and time.time() - (row.beat_at or 0) < SILENT_S


def _unheard(session: Session) -> Sequence[Any]:
    which = (Track.kind == "file", Track.state == "ok", Track.mood_by == "nobody", Track.listened.is_(False))
    return session.execute(select(Track.id, Track.key).where(*which).order_by(Track.key)).all()


def _note_heard(session: Session, track_id: int, point: Any) -> None:
    row = session.get(Track, track_id)
    if row is None or row.mood_by != "nobody":
        return  # corrected by the user meanwhile
    row.listened = True
    if point is not None:
        row.valence, row.arousal, row.mood_by = point.valence, point.arousal, "ear"


def _place_playlists(session: Session) -> None:
    for row in session.scalars(select(Playlist).where(Playlist.placed_by == "tracks")):
        playlists.place(session, row, None)


def _batches(items: Sequence[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some


def _sentence(error: Exception) -> str:
    said = error.message if isinstance(error, AppError) else f"{type(error).__name__}: {error}"
    return said.splitlines()[0][:NAME_LENGTH]


def main() -> int:
    """Scans `MUSIC_DIR` once."""
    if hasattr(os, "nice"):
        os.nice(10)
    try:
        settings = Settings.from_env(os.environ)
        if settings.music_dir is None:
            raise SettingsError("Set MUSIC_DIR to the folder with your music.")
        database = Database(database_url(settings.database_url, settings.data_dir))
        parent = os.getppid() if "--with-parent" in sys.argv else None
        Scanner(database, settings.music_dir, parent=parent).run()
    except AppError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
