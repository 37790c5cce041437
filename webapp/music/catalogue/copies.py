"""Copies of the music's database: SQLite files with everything in it, also of a PostgreSQL one. The newest are kept."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic.util.exc import CommandError
from sqlalchemy import JSON, URL, Connection, Engine, MetaData, Table, insert, select

from webapp.music.catalogue.engine import BUSY_S, make_engine, upgrade, version_of

KEPT = {"daily": 14}
"""Copies that are kept of each occasion."""
KEPT_OF_OTHERS = 5
DAMAGED = "damaged"
"""Occasion of files that were set aside; they are never removed."""

DAY_S = 24 * 3600.0
SPARE_SHARE = 2.0
"""Free room that a daily copy needs, in sizes of the database: a full disk would stop the music itself."""

ROWS = 1000


class Copies:
    """The folder of the copies that the server makes by itself; each name says when and why."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        """Touches nothing yet.

        Args:
            folder: Folder of the copies, made at the first.
            clock: Unix seconds.
        """
        self.folder, self._clock = folder, clock

    def all(self, why: str = "") -> list[Path]:
        """Returns the copies, or those of one occasion, the newest last."""
        return sorted(self.folder.glob(f"music-*-{why}*.sqlite3"))

    def newest(self, why: str = "") -> Path | None:
        """Returns the newest copy of a whole database, or that of one occasion."""
        return next((path for path in reversed(self.all(why)) if DAMAGED not in path.name), None)

    def keep(self, why: str, write: Callable[[Path], None]) -> Path:
        """Makes a copy, complete or not at all, and removes those that are too many.

        Args:
            why: Occasion, a part of its name.
            write: Writes the copy to a path where nothing is yet.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self._free_name(why)
        write_whole(target, write)
        for old in self.all(why)[: -KEPT.get(why, KEPT_OF_OTHERS)]:
            old.unlink(missing_ok=True)
        return target

    def set_aside(self, file: Path) -> Path:
        """Moves a SQLite file that cannot be used here, with its log files."""
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self._free_name(DAMAGED)
        for end in ("-wal", "-shm", ""):
            part = file.with_name(file.name + end)
            if part.exists():
                shutil.move(part, target.with_name(target.name + end))
        return target

    def before_upgrade(self, connection: Connection, url: URL, version: str) -> Path:
        """Keeps what a migration is about to change; the connection holds the database's lock."""
        return self.keep(f"before-upgrade-{version}", lambda target: copy_database(url, target, connection))

    def daily(self, url: URL) -> Path | None:
        """Makes the copy of the day if none of the last 24 hours is there; of SQLite alone.

        Raises:
            OSError: If it cannot be written, or there is too little room.
        """
        file = Path(str(url.database))
        if url.get_backend_name() != "sqlite" or not file.exists() or not self._is_due():
            return None
        self.folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(self.folder).free < SPARE_SHARE * file.stat().st_size:
            raise OSError(f"there is too little room in {self.folder}")
        return self.keep("daily", lambda target: copy_database(url, target))

    def _is_due(self) -> bool:
        made = self.all("daily")
        if not made:
            return True
        stamp = "-".join(made[-1].name.split("-")[1:3])
        return stamp <= time.strftime(STAMP, time.gmtime(self._clock() - DAY_S))

    def _free_name(self, why: str) -> Path:
        stamp = time.strftime(STAMP, time.gmtime(self._clock()))
        for number in range(1000):
            target = self.folder / f"music-{stamp}-{why}{f'-{number}' if number else ''}.sqlite3"
            if not target.exists():
                return target
        raise OSError(f"a thousand copies of one second are in {self.folder}")


STAMP = "%Y%m%d-%H%M%S"


def write_whole(target: Path, write: Callable[[Path], None]) -> None:
    """Writes a file beside its place and moves it there, so that it is there completely or not at all."""
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.unlink(missing_ok=True)
        part.touch(mode=0o600)  # visitors' likes and journals are in it
        write(part)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(target)
    finally:
        for end in ("", "-wal", "-shm", "-journal"):
            part.with_name(part.name + end).unlink(missing_ok=True)


def copy_database(url: URL, target: Path, connection: Connection | None = None) -> None:
    """Writes all of a database into a SQLite file, which must be empty; others read and write meanwhile.

    Args:
        url: Address of the database.
        target: Path of the file.
        connection: Connection in a transaction whose state is copied; a new one if left out.

    Raises:
        OSError: If it cannot be written.
        sqlalchemy.exc.DatabaseError: If the database cannot be read.
    """
    if url.get_backend_name() == "sqlite":
        _copy_file(Path(str(url.database)), target)
    elif connection is not None:
        _copy_rows(connection, target)
    else:
        engine = make_engine(url).execution_options(isolation_level="REPEATABLE READ")
        try:
            with engine.begin() as opened:
                _copy_rows(opened, target)
        finally:
            engine.dispose()


def copy_open_file(engine: Engine, target: Path) -> None:
    """Writes what an open connection sees into a file, also of a SQLite file that has been removed meanwhile."""
    connection: Any = engine.raw_connection()
    try:
        connection.driver_connection.execute("VACUUM INTO ?", (str(target),))
    finally:
        connection.close()


def _copy_file(source: Path, target: Path) -> None:
    if not source.exists():
        raise FileNotFoundError(f"there is no database at {source}")
    connection = sqlite3.connect(source, timeout=BUSY_S)
    try:
        connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.DatabaseError as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()


def _copy_rows(source: Connection, target: Path) -> None:
    engine = make_engine(URL.create("sqlite", database=str(target)))
    try:
        try:
            upgrade(engine, version_of(source) or "head")
        except CommandError:  # made by a newer version
            _make_alike(source, engine)
        with engine.begin() as connection:
            transfer(source, connection)
        raw: Any = engine.raw_connection()
        raw.driver_connection.execute("PRAGMA journal_mode=DELETE")  # all in one file
        raw.close()
    finally:
        engine.dispose()


def _make_alike(source: Connection, engine: Engine) -> None:
    """Makes the tables that a database has, where no migration of this app does."""
    metadata = MetaData()
    metadata.reflect(source)
    for table in metadata.tables.values():
        for column in table.columns:
            column.server_default = None  # PostgreSQL's counters
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(metadata.tables["alembic_version"]), {"version_num": version_of(source)})


def transfer(source: Connection, target: Connection) -> dict[str, int]:
    """Copies the rows of all tables into empty ones of the same version; returns how many of each."""
    tables, counts = content_tables(target), {}
    known = {table.name: table for table in content_tables(source)}
    for table in tables:
        rows = source.execute(select(*(known[table.name].c[column.name] for column in table.c))).mappings()
        counts[table.name] = 0
        while some := rows.fetchmany(ROWS):
            target.execute(insert(table), [dict(row) for row in some])
            counts[table.name] += len(some)
    return counts


def content_tables(connection: Connection) -> list[Table]:
    """Returns the tables of a database, those first to which others refer; without the one for its version."""
    metadata = MetaData()
    metadata.reflect(connection)
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):
                column.type.none_as_null = True  # else an empty one would become a JSON `null`
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]
