"""Connections to both kinds of database, and the migrations that bring one up to date."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError

BUSY_S = 5
DEAD_S = 10
"""Time after which a PostgreSQL host that answers nothing at all counts as gone, in seconds."""

FOLDER = Path(__file__).parent / "migrations"
LOCK = 4_017_226_331
"""Any number below 2^32, the same in all processes: PostgreSQL's advisory lock of who migrates."""

SCAN_LOCK = LOCK + 1
"""That of the process that scans the music folder."""

KEEPALIVES = "-c tcp_keepalives_idle=20 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=4"
"""Lets PostgreSQL notice a machine that is gone without a word, and end its locks, within 40 seconds."""


class DamagedDatabase(Exception):
    """A file that is no database, or no whole one."""


class NewerDatabase(Exception):
    """A database that a newer version of this app has migrated."""


def make_engine(url: URL) -> Engine:
    """Returns an engine with what each kind of database needs."""
    if url.get_backend_name() != "sqlite":
        options = f"-c statement_timeout={BUSY_S * 1000} -c lock_timeout={BUSY_S * 1000} {KEEPALIVES}"
        return create_engine(
            url,
            pool_size=1,
            pool_pre_ping=True,
            connect_args={"connect_timeout": 3, "options": options, "tcp_user_timeout": DEAD_S * 1000},
        )
    engine = create_engine(url, pool_size=1, connect_args={"timeout": BUSY_S, "check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions begin where SQLAlchemy says, not where sqlite3 guesses
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # One that reads first and writes later would fail at once if another process wrote in between.
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def check_file(path: Path) -> None:
    """Looks through a SQLite file.

    Raises:
        DamagedDatabase: If it is none, or damaged.
    """
    try:
        connection = sqlite3.connect(path, timeout=BUSY_S)
        try:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        found = str(error)
    if found != "ok":
        raise DamagedDatabase(str(found).splitlines()[0])


def identity_of(path: Path | None) -> tuple[int, int] | None:
    """Returns device and number of a file or folder, which another one of its name does not have."""
    try:
        status = path.stat() if path is not None else None
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status else None


def is_damage(error: Exception) -> bool:
    """Whether an error of SQLite says that the file is damaged."""
    said = str(getattr(error, "orig", None) or error)
    return "malformed" in said or "not a database" in said or "disk image" in said


BeforeUpgrade = Callable[[Connection, str], None]
"""Gets the connection and the version of a database that is about to be migrated."""


def upgrade(engine: Engine, to: str = "head", *, before: BeforeUpgrade | None = None) -> None:
    """Runs the missing migrations, all or none.

    SQLite's write lock, or an advisory lock in PostgreSQL, lets one process migrate; the others wait, then find
    nothing left to do.

    Args:
        engine: See `make_engine`.
        to: Version to migrate to.
        before: Called if a database with content is about to be migrated.

    Raises:
        NewerDatabase: If none of this app's migrations has made its version.
    """
    with engine.begin() as connection:
        lock(connection)
        upgrade_within(connection, to, before=before)


def upgrade_within(connection: Connection, to: str = "head", *, before: BeforeUpgrade | None = None) -> None:
    """Does the same in the caller's transaction."""
    config, version = _config(connection), version_of(connection)
    known = {one.revision for one in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise NewerDatabase(f"its version is {version}, this app knows {max(known)} and older ones")
    if before is not None and version not in (None, ScriptDirectory.from_config(config).get_current_head()):
        before(connection, version)
    command.upgrade(config, to)


def version_of(connection: Connection) -> str | None:
    """Returns the version of a database's tables; `None` for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def downgrade(engine: Engine, to: str = "base") -> None:
    """Undoes migrations, all or none."""
    with engine.begin() as connection:
        lock(connection)
        command.downgrade(_config(connection), to)


def lock(connection: Connection) -> None:
    """Lets one process at a time migrate a PostgreSQL database; SQLite's own lock does so already."""
    if connection.dialect.name == "postgresql":
        # A wait for a lock is a statement, too: both limits would end it.
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SET LOCAL statement_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})


@contextmanager
def sole(engine: Engine, number: int) -> Iterator[bool | None]:
    """Holds an advisory lock of PostgreSQL on a connection of its own, and so ends with this process, however it ends.

    Args:
        engine: See `make_engine`.
        number: Number of the lock.

    Yields:
        Whether no other process has it; `None` for SQLite, which has no such locks.
    """
    if engine.dialect.name != "postgresql":
        yield None
        return
    holder = make_engine(engine.url)  # the caller's own has room for one connection
    try:
        # Outside a transaction: one that stays open for hours would keep PostgreSQL from tidying up.
        with holder.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            held = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": number}))
            try:
                yield held
            finally:
                # PostgreSQL notices the end of a connection a moment later; one that is lost has given it back.
                if held:
                    with suppress(DBAPIError):
                        connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": number})
    finally:
        holder.dispose()


def is_held(connection: Connection, number: int) -> bool | None:
    """Whether a process holds the lock of `sole`; `None` for SQLite."""
    if connection.dialect.name != "postgresql":
        return None
    query = text(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = :number"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))"
    )
    return bool(connection.scalar(query, {"number": number}))


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
