"""Brings the database to the tables of this version, at the first use. Safe where several processes start at once."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

FOLDER = Path(__file__).parent / "migrations"
LOCK = 4_017_226_331
"""Any number, the same in all processes: PostgreSQL's advisory lock."""


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
