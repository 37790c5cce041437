"""The door to the database: migrations, concurrent starts, trouble."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from tests.music.conftest import emptied
from tests.support.servers import ROOT
from tests.support.waiting import wait_until
from webapp.errors import MusicUnavailable, SettingsError
from webapp.music.catalogue import engine as catalogue_engine
from webapp.music.catalogue.database import Database, database_url
from webapp.music.catalogue.engine import make_engine
from webapp.music.catalogue.tables import Base, Scan, Track

TABLES = {"playlists", "tracks", "entries", "feedback", "journal", "scans"}


def tables(engine) -> set[str]:
    with engine.connect() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_migrations_go_up_and_down_and_up_again(url, tmp_path):
    engine = make_engine(database_url(url, tmp_path))
    catalogue_engine.upgrade(engine)
    assert tables(engine) == TABLES
    catalogue_engine.upgrade(engine)  # nothing left to do
    catalogue_engine.downgrade(engine)
    assert tables(engine) == set()
    catalogue_engine.upgrade(engine)
    assert tables(engine) == TABLES
    engine.dispose()


def test_each_migration_keeps_what_was_there(url, tmp_path):
    engine = make_engine(database_url(url, tmp_path))
    catalogue_engine.upgrade(engine, "0001")
    with engine.begin() as connection:
        connection.execute(insert(Scan), ROW)
    for step in (
        catalogue_engine.upgrade,
        lambda engine: catalogue_engine.downgrade(engine, "0001"),
        catalogue_engine.upgrade,
    ):
        step(engine)
        with engine.connect() as connection:
            assert connection.execute(select(Scan.id)).all() == [(1,)]
    engine.dispose()


def test_an_older_version_never_shows_what_was_removed(url, tmp_path):
    engine = make_engine(database_url(url, tmp_path))
    catalogue_engine.upgrade(engine)
    with engine.begin() as connection:
        for key, state in (("here", "ok"), ("gone", "removed")):
            row = {"kind": "stream", "key": key, "title": key, "state": state, "details": {}}
            connection.execute(insert(Track), row)
    catalogue_engine.downgrade(engine, "0004")
    with engine.connect() as connection:
        assert connection.execute(select(Track.key)).scalars().all() == ["here"]
    engine.dispose()


def test_the_migrations_make_the_tables_that_the_code_describes(url, tmp_path):
    engine = make_engine(database_url(url, tmp_path))
    catalogue_engine.upgrade(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_processes_that_start_at_once_make_one_database(url, tmp_path):
    script = (
        "import sys; from pathlib import Path; from sqlalchemy import text\n"
        "from webapp.music.catalogue.database import Database, database_url\n"
        "d = Database(database_url(sys.argv[1], Path(sys.argv[2])))\n"
        "print(d.read(lambda s: s.scalar(text('select version_num from alembic_version'))))"
    )
    command = [sys.executable, "-c", script, url, str(tmp_path)]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert [process.communicate(timeout=60)[0].strip() for process in running] == ["0006"] * 4


def test_who_starts_while_another_migrates_waits_for_it(url, tmp_path):
    engine = make_engine(database_url(url, tmp_path))
    database = Database(database_url(url, tmp_path))
    found: list[int] = []
    later = threading.Thread(target=lambda: found.append(database.read(lambda session: 1)))
    with engine.begin() as connection:
        catalogue_engine.lock(connection)
        later.start()
        later.join(1.0)
        assert later.is_alive()
    later.join(30)
    assert found == [1]
    assert tables(engine) == TABLES
    database.close()
    engine.dispose()


def test_what_raises_leaves_nothing_behind(database):
    def fails(session):
        session.add(Scan(id=1))
        session.flush()
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        database.write(fails)
    assert database.read(lambda session: session.scalar(select(Scan))) is None
    database.write(lambda session: session.add(Scan(id=1)))
    assert database.read(lambda session: session.scalar(select(Scan.state))) == "idle"


ROW = {"id": 1, "number": 0, "state": "", "num_found": 0, "num_done": 0, "num_problems": 0, "message": ""}


def test_a_clash_with_another_process_is_tried_again_once(database):
    tries = []

    def clashes(session, times):
        tries.append(1)
        if len(tries) <= times:
            session.execute(insert(Scan), [ROW, ROW])
        return "done"

    assert database.write(clashes, 1) == "done"
    assert len(tries) == 2
    tries.clear()
    with pytest.raises(IntegrityError):  # a mistake of ours, no trouble of the database: nobody has to pause
        database.write(clashes, 2)
    assert database.read(lambda session: 1) == 1


def test_sqlite_is_a_file_in_the_data_folder_made_at_first_use(tmp_path):
    folder = tmp_path / "new" / "data"
    database = Database(database_url("", folder))
    assert not folder.exists()
    assert database.read(lambda session: session.scalar(text("PRAGMA journal_mode"))) == "wal"
    assert (folder / "music.sqlite3").is_file()
    database.close()


@pytest.mark.parametrize(
    "text_", ["mysql://a:geheim@b/c", "sqlite://", "sqlite:///:memory:", "what", "redis://x"]
)
def test_another_kind_of_database_is_refused_without_its_password(text_):
    with pytest.raises(SettingsError, match="DATABASE_URL") as caught:
        database_url(text_, Path())
    assert "geheim" not in str(caught.value)


def test_a_server_waits_for_another_one_that_migrates_longer_than_a_statement_may_take(
    postgres_url, tmp_path, monkeypatch
):
    monkeypatch.setattr(catalogue_engine, "BUSY_S", 1)
    url = database_url(emptied(postgres_url), tmp_path)
    first, second = make_engine(url), Database(url)
    with ThreadPoolExecutor(1) as pool:
        with first.begin() as connection:
            catalogue_engine.lock(connection)
            waiting = pool.submit(second.read, lambda session: 1)
            time.sleep(2)
        assert waiting.result(60) == 1
    first.dispose()
    second.close()


@pytest.mark.parametrize("bad", ["sqlite:////proc/nowhere/x.sqlite3", "postgresql://u:geheim@127.0.0.1:1/x"])
def test_trouble_is_said_in_a_sentence_and_not_tried_again_at_once(bad, caplog, monkeypatch):
    database = Database(database_url(bad, Path()))
    with pytest.raises(MusicUnavailable, match="database cannot be used: .+ Everything else works"):
        database.read(lambda session: None)
    monkeypatch.setattr(database, "_open", lambda: pytest.fail("the database was tried again at once"))
    with pytest.raises(MusicUnavailable, match="a moment ago"):
        database.read(lambda session: None)
    assert "geheim" not in caplog.text


def test_a_damaged_file_is_said(tmp_path):
    (tmp_path / "music.sqlite3").write_bytes(b"this is no database" * 100)
    with pytest.raises(MusicUnavailable, match="not a database"):
        Database(database_url("", tmp_path)).read(lambda session: None)


def test_whoever_waits_too_long_for_a_slow_piece_of_work_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("webapp.music.catalogue.database.WAIT_S", 0.05)
    database = Database(database_url("", tmp_path))
    database.read(lambda session: None)
    goes_on = threading.Event()
    slow = threading.Thread(target=database.read, args=(lambda session: goes_on.wait(20),))
    slow.start()
    wait_until(database._turn.locked, what="the slow piece of work")
    with pytest.raises(MusicUnavailable, match="takes too long"):
        database.read(lambda session: 1)
    goes_on.set()
    slow.join()
    assert database.read(lambda session: 1) == 1
    database.close()
