"""Puts a backup into the place of the music's database: all of it or nothing, and undone if it cannot be used then.

The backup is looked through and migrated as a copy first. Then a restore point is made, and one transaction empties the
database, fills it and looks at the result; whatever ends the process before its commit leaves everything as it was.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic.util.exc import CommandError
from sqlalchemy import URL, Connection, Engine, MetaData, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from webapp.errors import AppError, BackupError
from webapp.music.catalogue import playlists, tracks
from webapp.music.catalogue.copies import (
    DAMAGED,
    Copies,
    content_tables,
    copy_database,
    transfer,
    write_whole,
)
from webapp.music.catalogue.database import Database
from webapp.music.catalogue.engine import (
    DamagedDatabase,
    NewerDatabase,
    check_file,
    lock,
    make_engine,
    upgrade,
    upgrade_within,
    version_of,
)

TABLES = {"playlists", "tracks", "entries", "feedback", "journal"}
"""What a backup must have to be one of this app's."""

AS_BEFORE = "Everything is as it was before."

FAILURES = (SQLAlchemyError, sqlite3.Error, OSError, DamagedDatabase, NewerDatabase, CommandError)


@dataclass(frozen=True)
class Restored:
    """What was restored.

    Attributes:
        counts: Rows of each table.
        restore_point: Copy of what was there before; `None` if nothing was.
    """

    counts: dict[str, int]
    restore_point: Path | None


def back_up(url: URL, target: Path) -> None:
    """Writes all of the database into a file; the server may run meanwhile.

    Raises:
        BackupError: If the file is there already, or either of both cannot be used.
    """
    if target.exists():
        raise BackupError(f"{target} is there already. Choose another name, or remove it.")
    try:
        if _is_empty(url):
            raise BackupError("There is no database to back up yet: the server makes it at its first start.")
        write_whole(target, lambda part: copy_database(url, part))
        check_file(target)
    except FAILURES as error:
        raise BackupError(f"The backup {target} could not be made: {_sentence(error)}.") from error


def restore(url: URL, backup: Path, copies: Copies) -> Restored:
    """Replaces the database by a backup; the server may run meanwhile, and shows it from its next answer on.

    Args:
        url: Address of the database.
        backup: File made by `back_up`, or a copy of the server's own; of this version or an older one.
        copies: Keeps the restore point.

    Raises:
        BackupError: If the backup is none, damaged or of a newer version, or if the result cannot be used. The database
            is then as it was before.
    """
    with _candidate(backup) as candidate:
        try:
            point = _restore_point(url, copies)
        except FAILURES as error:
            raise BackupError(
                f"What is there now could not be kept, so nothing was changed: {_sentence(error)}."
            ) from error
        try:
            counts = _replace(url, candidate)
        except (*FAILURES, AppError) as error:
            _put_back_damaged(url, point)
            raise BackupError(
                f"{backup} could not be put in place: {_sentence(error)}. {AS_BEFORE}"
            ) from error
        try:
            check_health(url)
        except (*FAILURES, AppError) as error:
            _roll_back(url, point)
            raise BackupError(f"{backup} cannot be used: {_sentence(error)}. {AS_BEFORE}") from error
    return Restored(counts, point)


@contextmanager
def _candidate(backup: Path) -> Iterator[Engine]:
    """Opens a copy of the backup, looked through and brought up to date; the backup itself is only read."""
    with tempfile.TemporaryDirectory(prefix="countenance-restore-") as folder:
        file = Path(folder) / "candidate.sqlite3"
        try:
            shutil.copyfile(backup, file)
            if not file.stat().st_size:
                raise DamagedDatabase("it is empty")
            check_file(file)
            engine = make_engine(URL.create("sqlite", database=str(file)))
        except FAILURES as error:
            raise BackupError(f"{backup} is no backup that can be restored: {_sentence(error)}.") from error
        try:
            with engine.connect() as connection:
                tables = {table.name for table in content_tables(connection)}
                if version_of(connection) is None or not tables >= TABLES:
                    raise DamagedDatabase("it holds no music data of this app")
            upgrade(engine)
            with engine.connect() as connection:
                _check_references(connection)
            yield engine
        except FAILURES as error:
            raise BackupError(f"{backup} is no backup that can be restored: {_sentence(error)}.") from error
        finally:
            engine.dispose()


def _restore_point(url: URL, copies: Copies) -> Path | None:
    """Keeps what is there; a SQLite file that is damaged is set aside, which makes room for a new one."""
    if url.get_backend_name() == "sqlite":
        file = Path(str(url.database))
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            if file.exists():
                check_file(file)
        except DamagedDatabase:
            return copies.set_aside(file)
    if _is_empty(url):
        return None
    return copies.keep("before-restore", lambda target: copy_database(url, target))


def _is_empty(url: URL) -> bool:
    """Whether there is no database, or none with tables of this app; makes none."""
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        return True
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            return version_of(connection) is None
    finally:
        engine.dispose()


def _replace(url: URL, candidate: Engine) -> dict[str, int]:
    """Fills the database with the candidate's rows, in one transaction."""
    engine = make_engine(url)
    try:
        with candidate.connect() as source, engine.begin() as target:
            lock(target)
            _drop_all(target)
            upgrade_within(target)
            counts = transfer(source, target)
            _go_on_counting(target)
            _check_references(target)
            look_through(Session(target))
        return counts
    finally:
        engine.dispose()


def _drop_all(connection: Connection) -> None:
    """Drops every table, also those of a newer version."""
    metadata = MetaData()
    metadata.reflect(connection)
    metadata.drop_all(connection)


def _go_on_counting(connection: Connection) -> None:
    """Makes PostgreSQL's counters continue behind the highest ids; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in content_tables(connection):
        if "id" in table.c and table.c.id.autoincrement:
            connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "
                    f"(SELECT coalesce(max(id), 0) + 1 FROM {table.name}), false)"
                )
            )


def _check_references(connection: Connection) -> None:
    """Looks for rows that refer to nothing; PostgreSQL has refused them already."""
    if connection.dialect.name == "sqlite":
        lost = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if lost:
            raise DamagedDatabase(f"{len(lost)} rows refer to what is not there")


def look_through(session: Session) -> None:
    """Reads what a page reads first."""
    playlists.list_playlists(session, 1, 50)
    tracks.list_tracks(session, 1, 50, tracks.Which())


def check_health(url: URL) -> None:
    """Opens the database as the server does, and reads from it.

    Raises:
        MusicUnavailable: If it cannot be used.
    """
    database = Database(url, prepare=tracks.seed_built_in)
    try:
        database.read(look_through)
    finally:
        database.close()


def _roll_back(url: URL, point: Path | None) -> None:
    """Puts back what was there before a transaction that was committed."""
    if point is None or _put_back_damaged(url, point):
        return
    engine = make_engine(URL.create("sqlite", database=str(point)))
    try:
        _replace(url, engine)
    except FAILURES as error:
        raise BackupError(
            f"The database could not be put back either: {_sentence(error)}. What was there is in {point}."
        ) from error
    finally:
        engine.dispose()


def _put_back_damaged(url: URL, point: Path | None) -> bool:
    """Puts a damaged SQLite file back that was set aside; returns whether there was one."""
    if point is None or DAMAGED not in point.name:
        return False
    for end in ("-shm", "-wal", ""):
        part, place = point.with_name(point.name + end), Path(str(url.database) + end)
        place.unlink(missing_ok=True)
        if part.exists():
            shutil.move(part, place)
    return True


def _sentence(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    return (str(original).strip().splitlines() or [type(original).__name__])[0].rstrip(".")[:300]
