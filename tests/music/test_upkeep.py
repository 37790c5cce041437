"""What goes away and comes back: the music folder, PostgreSQL, a transaction that takes too long."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.music import postgres
from tests.support.waiting import wait_until
from webapp.errors import MusicUnavailable
from webapp.music.catalogue.copies import Copies
from webapp.music.catalogue.database import Database, database_url
from webapp.music.upkeep import Upkeep


@pytest.fixture
def database(tmp_path):
    opened = Database(database_url("", tmp_path / "data"), copies=Copies(tmp_path / "backups"))
    opened.read(lambda session: None)
    yield opened
    opened.close()


def test_a_folder_that_comes_back_is_scanned_and_one_that_stays_is_not(database, tmp_path):
    folder, scans = tmp_path / "music", []
    folder.mkdir()
    upkeep = Upkeep(database, folder, lambda: scans.append(1))
    upkeep.look()
    folder.rename(tmp_path / "away")
    upkeep.look()
    assert scans == []
    folder.mkdir()  # an empty mount point
    upkeep.look()
    assert len(scans) == 1
    folder.rmdir()
    (tmp_path / "away").rename(folder)
    upkeep.look()
    upkeep.look()
    assert len(scans) == 2


def test_it_makes_the_copy_of_the_day_and_goes_on_after_trouble(database, tmp_path, caplog):
    (tmp_path / "backups").write_text("no folder")
    upkeep = Upkeep(database, None, lambda: None, every_s=0.01)
    begun = []
    upkeep.start(lambda: begun.append(1))
    wait_until(lambda: "copy of the day" in caplog.text, what="the warning")
    (tmp_path / "backups").unlink()
    (made,) = wait_until(lambda: database.copies.all("daily"), what="the copy")
    upkeep.close()
    assert begun == [1]
    assert made.name.endswith("-daily.sqlite3")
    assert caplog.text.count("copy of the day") == 1


@pytest.mark.parametrize("statement", ["one", "many"])
def test_a_transaction_that_takes_too_long_is_undone_and_others_go_on(tmp_path, statement):
    limited = Database(database_url("", tmp_path), limit_s=0.3)
    limited.read(lambda session: None)
    endless = text("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n")

    def work(session):
        session.execute(text("INSERT INTO journal VALUES ('listener', '2026-11-24', 'happy', 1)"))
        if statement == "one":
            session.scalar(endless)
        while True:
            session.scalar(text("SELECT 1"))

    begun_s = time.monotonic()
    with pytest.raises(MusicUnavailable, match="takes too long"):
        limited.write(work)
    assert time.monotonic() - begun_s < 20
    assert limited.read(lambda session: session.scalar(text("SELECT count(*) FROM journal"))) == 0
    limited.close()


def test_postgresql_goes_away_and_comes_back_and_nobody_hears_where_it_was():
    if reason := postgres.obstacle():
        pytest.skip(reason)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with postgres.cluster(Path(folder) / "pg") as address:
            database = Database(database_url(address, Path()))
            assert database.read(lambda session: 1) == 1
            control = postgres.control(Path(folder) / "pg")
            control("-m", "immediate", "stop")
            with pytest.raises(MusicUnavailable) as caught:
                database.read(lambda session: session.scalar(text("SELECT 1")))
            with pytest.raises(MusicUnavailable):
                database.read(lambda session: session.scalar(text("SELECT 1")))
            assert "127.0.0.1" not in str(caught.value)
            assert len(str(caught.value).splitlines()) == 1
            control("-w", "start")

            def answers():
                try:
                    return database.read(lambda session: session.scalar(text("SELECT 1")))
                except MusicUnavailable:
                    return None

            assert wait_until(answers, what="PostgreSQL's return") == 1
            database.close()
