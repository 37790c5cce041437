"""The door to the database: SQLite, or PostgreSQL by `DATABASE_URL`. Blocking: call it through `run_blocking`."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    ProgrammingError,
)
from sqlalchemy.orm import Session

from webapp.concurrency.native_threads import native_threading
from webapp.errors import MusicUnavailable, SettingsError

Result = TypeVar("Result")

BUSY_S = 5
WAIT_S = 3.0
MAX_WAITING = 4
REST_S = 3.0

FOLDER = Path(__file__).parent / "migrations"
LOCK = 4_017_226_331
"""Any number, the same in all processes: PostgreSQL's advisory lock."""

log = logging.getLogger(__name__)


def database_url(text: str, data_dir: Path) -> URL:
    """Returns where the database is.

    Args:
        text: `DATABASE_URL`; empty for a file in `data_dir`.
        data_dir: `DATA_DIR`.

    Raises:
        SettingsError: If it is neither SQLite nor PostgreSQL.
    """
    if not text:
        return URL.create("sqlite", database=str(data_dir / "music.sqlite3"))
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise SettingsError(
            "The setting DATABASE_URL is not an address such as postgresql://user@host/name."
        ) from error
    backend = url.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database and url.database != ":memory:":
        return url
    raise SettingsError(
        "The setting DATABASE_URL must begin with postgresql:// or sqlite:/// and name a database. "
        f"Received: {url.render_as_string(hide_password=True)[:80]!r}"
    )


class Database:
    """Units of work, one at a time.

    Under eventlet SQLAlchemy's locks are green, and a native thread that waits in one may never wake. So native threads
    take turns by a real lock. Few may wait: the threads in which they do also analyse frames.
    """

    def __init__(self, url: URL, *, prepare: Callable[[Session], None] | None = None) -> None:
        """Opens nothing yet.

        Args:
            url: See `database_url`.
            prepare: Done once after the migrations, in one transaction.
        """
        self.url = url
        self._prepare = prepare
        self._engine: Engine | None = None
        self._turn = native_threading().Lock()
        self._waiting = 0
        self._rest_until_s = 0.0

    def read(self, work: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """Returns `work(session, …)` in a transaction that sees one state of the data."""
        return self._run(work, False, args, kwargs)

    def write(self, work: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """Returns `work(session, …)` in a transaction that is kept if nothing is raised."""
        return self._run(work, True, args, kwargs)

    def close(self) -> None:
        """Closes the connections."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _run(self, work: Callable[..., Result], writes: bool, args: Any, kwargs: Any) -> Result:
        with self._my_turn():
            if time.monotonic() < self._rest_until_s:
                raise unavailable("it did not answer a moment ago")
            try:
                try:
                    return self._transaction(work, writes, args, kwargs)
                except IntegrityError:  # another process has made the same thing at the same moment
                    return self._transaction(work, writes, args, kwargs)
            except (InterfaceError, DatabaseError, OSError) as error:
                if isinstance(error, (IntegrityError, DataError, ProgrammingError)):
                    raise  # a mistake of ours, not trouble with the database
                self._rest_until_s = time.monotonic() + (0.0 if _passes(error) else REST_S)
                log.warning("the music's database failed: %s", _first_line(error))
                raise unavailable(_first_line(error)) from error

    def _transaction(self, work: Callable[..., Result], writes: bool, args: Any, kwargs: Any) -> Result:
        with Session(self._open()) as session, session.begin():
            session.connection(execution_options={"writes": writes})
            return work(session, *args, **kwargs)

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        self._waiting += 1
        try:
            if self._waiting > MAX_WAITING or not self._turn.acquire(timeout=WAIT_S):
                raise unavailable("too many wait for it")
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turn.release()

    def _open(self) -> Engine:
        """Returns the engine; the first call creates the database or brings it up to date."""
        if self._engine is None:
            if self.url.get_backend_name() == "sqlite":
                Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
            engine = make_engine(self.url)
            try:
                upgrade(engine)
                if self._prepare:
                    with Session(engine) as session, session.begin():
                        self._prepare(session)
            except BaseException:
                engine.dispose()
                raise
            self._engine = engine
        return self._engine


def make_engine(url: URL) -> Engine:
    """Returns an engine with what each kind of database needs."""
    if url.get_backend_name() != "sqlite":
        options = f"-c statement_timeout={BUSY_S * 1000} -c lock_timeout={BUSY_S * 1000}"
        return create_engine(
            url, pool_size=1, pool_pre_ping=True, connect_args={"connect_timeout": 3, "options": options}
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


def _passes(error: Exception) -> bool:
    return "database is locked" in str(error)


def _first_line(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    return (str(original).strip().splitlines() or [type(original).__name__])[0][:200]


def unavailable(why: str) -> MusicUnavailable:
    """Returns the error to raise."""
    return MusicUnavailable(
        f"The music's database cannot be used: {why}. Everything else works; music comes back by itself.",
        retry_after_ms=round(REST_S * 1000),
    )


def upgrade(engine: Engine, to: str = "head") -> None:
    """Runs the missing migrations, all or none.

    SQLite's write lock, or an advisory lock in PostgreSQL, lets one process migrate; the others wait, then find
    nothing left to do.
    """
    with engine.begin() as connection:
        _lock(connection)
        command.upgrade(_config(connection), to)


def downgrade(engine: Engine, to: str = "base") -> None:
    """Undoes migrations, all or none."""
    with engine.begin() as connection:
        _lock(connection)
        command.downgrade(_config(connection), to)


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": LOCK})


def _config(connection: Connection) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
