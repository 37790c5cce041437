"""The door to the database: SQLite, or PostgreSQL by `DATABASE_URL`. Blocking: call it in a native thread."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from alembic.util.exc import CommandError
from sqlalchemy import URL, Engine, event, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    ProgrammingError,
)
from sqlalchemy.orm import Session, configure_mappers

from webapp.concurrency.native_threads import native_threading
from webapp.errors import MusicUnavailable, SettingsError
from webapp.music.catalogue.copies import Copies, copy_open_file
from webapp.music.catalogue.engine import (
    DamagedDatabase,
    NewerDatabase,
    check_file,
    identity_of,
    is_damage,
    make_engine,
    sole,
    upgrade,
)

Result = TypeVar("Result")

WAIT_S = 3.0
"""Longest wait for a turn. Few wait at once: requests have one thread (`MusicPools`), the upkeep another."""

REST_S = 3.0
DAMAGED_REST_S = 15.0
"""Pause before a damaged database is looked at again: somebody has to restore it first."""

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
    take turns by a real lock.
    """

    def __init__(
        self,
        url: URL,
        *,
        prepare: Callable[[Session], None] | None = None,
        copies: Copies | None = None,
        limit_s: float = math.inf,
    ) -> None:
        """Opens nothing yet.

        Args:
            url: See `database_url`.
            prepare: Done once after the migrations, in one transaction.
            copies: Keeps a copy of what a migration is about to change, and of a file that was removed.
            limit_s: Longest transaction in seconds; it is then undone.
        """
        configure_mappers()  # else the first two threads that make rows would meet in a lock of SQLAlchemy
        self.url = url
        self.copies = copies
        self._prepare, self._limit_s = prepare, limit_s
        self._engine: Engine | None = None
        self._identity: tuple[int, int] | None = None
        self._turn = native_threading().Lock()
        self._rest_until_s = 0.0
        self._until_s = math.inf
        self._said = ""

    @property
    def file(self) -> Path | None:
        """The file of a SQLite database."""
        return Path(str(self.url.database)) if self.url.get_backend_name() == "sqlite" else None

    def read(self, work: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """Returns `work(session, …)` in a transaction that sees one state of the data."""
        return self._run(work, False, args, kwargs)

    def write(self, work: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """Returns `work(session, …)` in a transaction that is kept if nothing is raised."""
        return self._run(work, True, args, kwargs)

    @contextmanager
    def sole(self, number: int) -> Iterator[bool | None]:
        """Holds a lock while the caller works; see `engine.sole`.

        Raises:
            MusicUnavailable: If the database cannot be used.
        """
        self.read(lambda session: None)  # opens it, and says what is wrong if it cannot be
        with sole(self._open(), number) as held:
            yield held

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
                    answer = self._transaction(work, writes, args, kwargs)
                except IntegrityError:  # another process has made the same thing at the same moment
                    answer = self._transaction(work, writes, args, kwargs)
            except (
                InterfaceError,
                DatabaseError,
                OSError,
                DamagedDatabase,
                NewerDatabase,
                CommandError,
            ) as error:
                if isinstance(error, (IntegrityError, DataError, ProgrammingError)):
                    raise  # a mistake of ours, not trouble with the database
                raise self._trouble(error) from error
            if self._said:
                log.info("the music's database works again")
                self._said = ""
            return answer

    def _trouble(self, error: Exception) -> MusicUnavailable:
        """Notes what is wrong for the operator, once until it works again, and returns what visitors hear of it."""
        said, rest_s, outside = _first_line(error), REST_S, unavailable("it does not answer as it should")
        if _passes(error):
            rest_s, outside = 0.0, unavailable("it is busy, or this takes too long")
        elif isinstance(error, DamagedDatabase) or is_damage(error):
            self.close()  # looked through again at the next try
            rest_s, outside = DAMAGED_REST_S, unavailable(DAMAGED, passes=False)
            said = f"{said}. {self._advice()}"
        elif FULL_DISK in said:
            outside = unavailable(FULL_DISK)
        elif isinstance(error, NewerDatabase):
            rest_s, outside = DAMAGED_REST_S, unavailable(NEWER, passes=False)
            said = f"{said}. Start the newer version again, or: {self._advice('before-upgrade')}"
        self._rest_until_s = time.monotonic() + rest_s
        if said != self._said:
            self._said = said
            log.warning("the music's database failed: %s", said)
        return outside

    def _advice(self, why: str = "") -> str:
        newest = self.copies.newest(why) if self.copies else None
        copy = f"the newest copy is {newest}" if newest else "there is no copy of the server's own"
        return f"`python -m webapp restore FILE` puts a copy in its place; {copy}"

    def _transaction(self, work: Callable[..., Result], writes: bool, args: Any, kwargs: Any) -> Result:
        with Session(self._open()) as session:
            self._until_s = time.monotonic() + self._limit_s
            try:
                with session.begin():
                    session.connection(execution_options={"writes": writes})
                    return work(session, *args, **kwargs)
            finally:
                self._until_s = math.inf

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=WAIT_S):
            raise unavailable("other work in it takes too long")
        try:
            yield
        finally:
            self._turn.release()

    def _open(self) -> Engine:
        """Returns the engine; the first call creates the database or brings it up to date."""
        if self._engine is not None and self._identity != identity_of(self.file):
            self._let_go()
        if self._engine is None:
            if self.file is not None:
                self.file.parent.mkdir(parents=True, exist_ok=True)
                if self.file.exists() and self.file.stat().st_size:
                    check_file(self.file)
            engine = make_engine(self.url)
            self._limit(engine)
            try:
                upgrade(engine, before=self._copy_before)
                if self._prepare:
                    with Session(engine) as session, session.begin():
                        self._prepare(session)
            except BaseException:
                engine.dispose()
                raise
            self._engine, self._identity = engine, identity_of(self.file)
        return self._engine

    def _let_go(self) -> None:
        """Notices that the file was removed or replaced: changes would go into one that nobody finds again."""
        engine, kept = self._engine, None
        self._engine = None
        try:
            if self.copies and engine is not None:
                kept = self.copies.keep("removed", lambda target: copy_open_file(engine, target))
        except (OSError, DatabaseError) as error:
            log.warning("what the removed file of the music's database held is lost: %s", _first_line(error))
        finally:
            if engine is not None:
                engine.dispose()
        log.warning(
            "the file of the music's database was removed or replaced; what is there now is used. What it held: %s",
            kept or "not kept",
        )

    def _copy_before(self, connection: Any, version: str) -> None:
        if self.copies:
            self.copies.before_upgrade(connection, self.url, version)

    def _limit(self, engine: Engine) -> None:
        """Makes statements fail once the transaction's time is over; SQLite also looks while one runs."""

        def check(*_: Any) -> None:
            if time.monotonic() > self._until_s:
                raise TimeoutError("the transaction took too long")

        event.listen(engine, "before_cursor_execute", check)
        if self.file is not None and self._limit_s < math.inf:

            def interrupt_late(connection: Any, _: Any) -> None:
                connection.set_progress_handler(lambda: time.monotonic() > self._until_s, STEPS_BETWEEN_LOOKS)

            event.listen(engine, "connect", interrupt_late)


STEPS_BETWEEN_LOOKS = 50_000
"""Instructions of SQLite's virtual machine between two looks at the clock: a few milliseconds."""

FULL_DISK = "database or disk is full"
"""SQLite's own words, which name nothing of the operator's."""
DAMAGED = "its file is damaged, or not a database. The server's operator can restore a copy"
NEWER = (
    "a newer version of this server has made it. The server's operator has to start that, or restore a copy"
)


PASSING = ("database is locked", "interrupted", "statement timeout", "lock timeout", "took too long")


def _passes(error: Exception) -> bool:
    return any(one in str(error) for one in PASSING)


def _first_line(error: Exception) -> str:
    original = getattr(error, "orig", None) or error
    return (str(original).strip().splitlines() or [type(original).__name__])[0][:200]


def unavailable(why: str, *, passes: bool = True) -> MusicUnavailable:
    """Returns the error to raise: one sentence for visitors, which names nothing of the operator's."""
    end = "Everything else works; music comes back by itself." if passes else "Everything else works."
    return MusicUnavailable(
        f"The music's database cannot be used: {why}. {end}", retry_after_ms=round(REST_S * 1000)
    )
