"""`python -m webapp.music.scanner.scan`: takes the music folder into the catalogue, then measures mood and loudness.

A process of its own, of low priority: librosa never enters the server, and no visitor waits. It says in the
database how far it is, ends when the server that started it is gone, and goes on where it stopped at the next start, or
at once by another server of the same database (`webapp.music.upkeep`).
"""

from __future__ import annotations

import importlib.util
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from webapp.errors import AppError, SettingsError
from webapp.music.catalogue import mood_lists, playlists
from webapp.music.catalogue.copies import Copies
from webapp.music.catalogue.database import Database, database_url
from webapp.music.catalogue.engine import SCAN_LOCK, is_held
from webapp.music.catalogue.tables import NAME_LENGTH, SCANNING, Playlist, Scan, Track
from webapp.music.command import COPIES
from webapp.music.mood_estimation import point_from_sound
from webapp.music.scanner.loudness import Loudness, loudness_of
from webapp.music.sources import folder as mirror
from webapp.music.sources.files import AUDIO_TYPES, Unreadable, path_of, walk
from webapp.settings import Settings

BATCH = 100
SILENT_S = 60.0
"""A scanner that was not heard of for so long is dead. Hearing one file takes a second, the first one a minute."""

Item = TypeVar("Item")


class Stopped(Exception):
    """The server that started this scan is gone."""


class Overtaken(Exception):
    """Another scan has begun since: this process was taken for dead."""


class Scanner:
    """One scan, from beginning to end."""

    def __init__(self, database: Database, folder: Path, *, parent: int | None = None) -> None:
        self._database = database
        self._folder = folder
        self._parent = parent
        self._number = 0

    def run(self) -> bool:
        """Scans; returns `False` at once if another process does so already."""
        with self._database.sole(SCAN_LOCK) as is_sole:
            if is_sole is False or not self._database.write(self._begin, is_sole=bool(is_sole)):
                return False
            try:
                self._scan()
            except Overtaken:
                return False
            return True

    def _scan(self) -> None:
        try:
            self._read_files()
            self._hear_files()
            self._say(state="done")
        except Stopped:
            self._say(state="idle")
        except Overtaken:
            raise
        except Exception as error:
            self._say(state="failed", message=_sentence(error))
            raise

    def _begin(self, session: Session, *, is_sole: bool) -> bool:
        row = scan_row(session)
        if not is_sole and is_running(session, row):
            return False
        self._number = row.number = row.number + 1
        row.state, row.message, row.started_at, row.beat_at = "reading", "", time.time(), time.time()
        row.num_found = row.num_done = 0
        return True

    def _read_files(self) -> None:
        if not self._folder.is_dir():
            raise SettingsError(f"The music folder {self._folder} is not there. See the setting MUSIC_DIR.")
        known = self._database.read(mirror.known_files)
        found = list(walk(self._folder, set(AUDIO_TYPES)))
        new = [file for file in found if mirror.is_new(file, known)]
        self._say(state="reading", num_found=len(new), num_done=0)
        for some in _batches(new, BATCH):
            # Read outside the transaction: others could not write so long.
            read = mirror.read_files(self._folder, some)
            self._database.write(mirror.take_in, read, known, self._number)
            self._advance(len(some))
        here = {file.key for file in found}
        self._database.write(
            mirror.note_missing,
            [
                number
                for key, (number, _, _, state) in known.items()
                if key not in here and state != "missing"
            ],
        )
        lists = mirror.read_lists(self._folder)
        self._database.write(mirror.mirror_playlists, self._folder, lists)
        self._database.write(mood_lists.divide)

    def _hear_files(self) -> None:
        # Without the packages songs wait for a later scan, where they are installed.
        waiting = self._database.read(_unheard) if can_hear() else []
        self._say(state="listening", num_found=len(waiting), num_done=0)
        for num_done, track in enumerate(waiting, 1):
            if track.has_no_mood:
                self._database.write(_note_heard, track.id, self._hear(track.key))
            if track.has_no_loudness:
                self._database.write(_note_loudness, track.id, self._loudness(track.key))
            self._advance(1)
            if num_done % BATCH == 0 or num_done == len(waiting):
                self._database.write(_place_playlists)
                self._database.write(mood_lists.divide)

    def _hear(self, key: str) -> Any:
        from webapp.music.scanner.audio_features import listen

        path = path_of(self._folder, key)
        try:
            return point_from_sound(listen(path)) if path else None
        except Unreadable:
            return None  # it may still play: browsers know formats that libsndfile does not

    def _loudness(self, key: str) -> Loudness | None:
        path = path_of(self._folder, key)
        try:
            return loudness_of(path) if path else None
        except Unreadable:
            return None  # it may still play, as loud as most music is

    def _advance(self, num_done: int) -> None:
        def note(session: Session) -> None:
            row = self._own_row(session)
            row.num_done += num_done
            row.beat_at = time.time()

        self._database.write(note)
        if self._parent is not None and os.getppid() != self._parent:
            raise Stopped

    def _say(self, **changes: Any) -> None:
        def note(session: Session) -> None:
            row = self._own_row(session)
            for name, value in {**changes, "beat_at": time.time()}.items():
                setattr(row, name, value)

        self._database.write(note)

    def _own_row(self, session: Session) -> Scan:
        row = scan_row(session)
        if row.number != self._number:
            raise Overtaken
        return row


def can_hear() -> bool:
    """Whether the packages that measure mood and loudness are installed: the extra `music` of a wheel brings them."""
    return all(importlib.util.find_spec(name) for name in ("librosa", "pyloudnorm"))


def scan_row(session: Session) -> Scan:
    """Returns the one row about scans."""
    row = session.get(Scan, 1, with_for_update=True)  # PostgreSQL: who looks and then writes does so alone
    if row is None:
        row = Scan(id=1, number=0, state="idle", num_found=0, num_done=0, num_problems=0, message="")
        session.add(row)
        session.flush()
    return row


def num_unreadable(session: Session) -> int:
    """Returns how many files of the folder cannot be read, whichever scan has found that out."""
    which = (Track.kind == "file", Track.state == "unreadable")
    return session.scalar(select(func.count()).select_from(Track).where(*which)) or 0


def announce(session: Session) -> bool:
    """Notes that a scanner is about to start: whoever asks at once is told so, not that the last scan is done.

    Returns:
        Whether one runs already.
    """
    row = scan_row(session)
    if is_running(session, row):
        return True
    row.state, row.message, row.num_found, row.num_done = "waiting", "", 0, 0
    row.beat_at = time.time()
    return False


def is_running(session: Session, row: Scan) -> bool:
    """Whether a scanner works on it and is alive: PostgreSQL knows by its lock, SQLite by its signs of life."""
    if row.state not in SCANNING:
        return False
    held = is_held(session.connection(), SCAN_LOCK)
    return has_beaten(row) if held is None else held


def is_unfinished(session: Session) -> bool:
    """Whether a scan that was begun or asked for is at work no more, or none was ever begun."""
    row = scan_row(session)
    if row.state == "waiting":
        return not has_beaten(row)
    return row.state == "idle" or (row.state in SCANNING and not is_running(session, row))


def has_beaten(row: Scan) -> bool:
    """Whether a scanner was heard of a moment ago.

    A sign of life from the future is none: the clock was set back since, and a dead scanner would seem alive until the
    time comes again. A live one gives the next sign by the clock as it is now, whichever way that has jumped.
    """
    return row.beat_at is not None and abs(time.time() - row.beat_at) < SILENT_S


@dataclass(frozen=True)
class _Unheard:
    """A file of which the mood or the loudness is still to be found out."""

    id: int
    key: str
    has_no_mood: bool
    has_no_loudness: bool


def _unheard(session: Session) -> list[_Unheard]:
    columns = Track.id, Track.key, Track.mood_by, Track.listened, Track.details
    query = select(*columns).where(Track.kind == "file", Track.state == "ok").order_by(Track.key)
    found = [
        _Unheard(number, key, mood_by == "nobody" and not listened, "loudness_lufs" not in details)
        for number, key, mood_by, listened, details in session.execute(query)
    ]
    return [track for track in found if track.has_no_mood or track.has_no_loudness]


def _note_heard(session: Session, track_id: int, point: Any) -> None:
    row = session.get(Track, track_id)
    if row is None or row.mood_by != "nobody":
        return  # corrected by the user meanwhile
    row.listened = True
    if point is not None:
        row.valence, row.arousal, row.mood_by = point.valence, point.arousal, "ear"


def _note_loudness(session: Session, track_id: int, loudness: Loudness | None) -> None:
    row = session.get(Track, track_id)
    if row is None:
        return
    measured = (None, None) if loudness is None else (round(loudness.lufs, 2), round(loudness.peak_db, 2))
    row.details = {**row.details, "loudness_lufs": measured[0], "peak_db": measured[1]}


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
        url = database_url(settings.database_url, settings.data_dir)
        database = Database(url, copies=Copies(settings.data_dir / COPIES))
        parent = os.getppid() if "--with-parent" in sys.argv else None
        Scanner(database, settings.music_dir, parent=parent).run()
    except AppError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
