"""Backups: made, restored, refused, broken off, and what the server does about its file by itself."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import select, text

from tests.music.conftest import Visitor, emptied, make_app
from tests.support.servers import ROOT
from webapp.errors import BackupError, MusicUnavailable
from webapp.music.catalogue import engine, restoring, tracks
from webapp.music.catalogue.copies import Copies
from webapp.music.catalogue.database import Database, database_url
from webapp.music.catalogue.restoring import back_up, restore
from webapp.music.catalogue.tables import Track


def content(visitor: Visitor) -> dict:
    """All that a visitor sees of the catalogue."""
    lists = visitor.get("/playlists", page_size=200)["playlists"]
    entries = {one["id"]: visitor.get(f"/playlists/{one['id']}/entries")["entries"] for one in lists}
    journal = visitor.get("/music/journal", listener="listener-me")
    return {
        "lists": lists,
        "entries": entries,
        "tracks": visitor.get("/tracks", page_size=200),
        "journal": journal,
    }


def fill(visitor: Visitor) -> dict:
    songs = [visitor.add(f"Ä {number}.ogg", 0.1, 0.2) for number in range(3)]
    link = visitor.add("http://radio.example/x", kind="stream", details={"a": [1, None]})
    visitor.post("/playlists", {"name": "Für mich", "track_ids": [*songs, link]}, status=201)
    visitor.post("/music/feedback", {"listener": "listener-me", "track_id": songs[0], "action": "like"})
    note = {"listener": "listener-me", "day": "2026-11-24", "label": "happy", "seconds": 1.5}
    visitor.post("/music/journal", note, status=204)
    visitor.ask("DELETE", f"/tracks/{link}", status=204)
    return content(visitor)


@pytest.fixture
def copies(tmp_path) -> Copies:
    return Copies(tmp_path / "backups")


def url_of(visitor: Visitor):
    return visitor.music.database.url


def test_what_was_backed_up_comes_back_while_the_server_runs(visitor, tmp_path, copies):
    before = fill(visitor)
    back_up(url_of(visitor), tmp_path / "a.backup")
    visitor.ask("DELETE", f"/playlists/{before['lists'][0]['id']}", status=204)
    later = visitor.add("later")
    restored = restore(url_of(visitor), tmp_path / "a.backup", copies)
    assert content(visitor) == before
    assert (restored.counts["entries"], restored.counts["journal"]) == (30, 1)
    visitor.ask("GET", f"/tracks/{later}", status=404)
    removed = visitor.music.database.read(
        lambda session: session.execute(select(Track.state, Track.places).where(Track.kind == "stream")).all()
    )
    assert len(removed) == 1
    assert removed[0].state == "removed"
    assert visitor.add("new after it") > max(track["id"] for track in before["tracks"]["tracks"])
    assert restored.restore_point is not None
    restore(url_of(visitor), restored.restore_point, copies)  # the restore point is a backup as well
    assert visitor.get(f"/tracks/{later}")["title"] == "later"


def test_a_backup_moves_from_one_kind_of_database_to_the_other(visitor, tmp_path, copies, request):
    before = fill(visitor)
    back_up(url_of(visitor), tmp_path / "a.backup")
    is_sqlite = visitor.music.database.file is not None
    other = (
        emptied(request.getfixturevalue("postgres_url"))
        if is_sqlite
        else f"sqlite:///{tmp_path / 'o.sqlite3'}"
    )
    restore(database_url(other, tmp_path), tmp_path / "a.backup", copies)
    there = Visitor(make_app(DATABASE_URL=other, DATA_DIR=str(tmp_path)))
    assert content(there) == before
    there.music.close()


def damaged(good: Path, how: str) -> bytes:
    whole = good.read_bytes()
    if how == "half":
        return whole[: len(whole) // 2]
    if how == "holes":
        return whole[:8192] + b"\0" * 12_288 + whole[20_480:]
    return {"text": b"this is no database" * 200, "empty": b""}[how]


@pytest.mark.parametrize("how", ["half", "holes", "text", "empty"])
def test_a_damaged_backup_changes_nothing(visitor, tmp_path, copies, how):
    before = fill(visitor)
    back_up(url_of(visitor), tmp_path / "good")
    (tmp_path / "bad").write_bytes(damaged(tmp_path / "good", how))
    with pytest.raises(BackupError, match="no backup that can be restored"):
        restore(url_of(visitor), tmp_path / "bad", copies)
    assert content(visitor) == before


def test_a_file_of_another_program_is_no_backup(visitor, tmp_path, copies):
    other = sqlite3.connect(tmp_path / "other")
    other.execute("CREATE TABLE a (b)")
    other.commit()
    other.close()
    with pytest.raises(BackupError, match="no music data of this app"):
        restore(url_of(visitor), tmp_path / "other", copies)


def test_rows_that_refer_to_nothing_are_refused(visitor, tmp_path, copies):
    before = fill(visitor)
    back_up(url_of(visitor), tmp_path / "a")
    edited = sqlite3.connect(tmp_path / "a")
    edited.execute("DELETE FROM tracks")
    edited.commit()
    edited.close()
    with pytest.raises(BackupError, match="refer to what is not there"):
        restore(url_of(visitor), tmp_path / "a", copies)
    assert content(visitor) == before


def test_a_result_that_cannot_be_used_is_rolled_back_by_itself(visitor, tmp_path, copies, monkeypatch):
    fill(visitor)
    back_up(url_of(visitor), tmp_path / "a")
    visitor.add("later")
    before = content(visitor)

    def ill(url):
        raise MusicUnavailable("ill")

    monkeypatch.setattr(restoring, "check_health", ill)
    with pytest.raises(BackupError, match="as it was before"):
        restore(url_of(visitor), tmp_path / "a", copies)
    assert content(visitor) == before


KILL = """
import sys, time
from pathlib import Path
from webapp.music.catalogue import restoring
from webapp.music.catalogue.copies import Copies
from webapp.music.catalogue.database import database_url

def stay(session):
    print("half-way", flush=True)
    time.sleep(60)

restoring.look_through = stay
restoring.restore(database_url(sys.argv[1], Path()), Path(sys.argv[2]), Copies(Path(sys.argv[3])))
"""


def test_one_that_is_killed_half_way_leaves_everything_as_it_was(visitor, url, tmp_path, copies):
    fill(visitor)
    back_up(url_of(visitor), tmp_path / "a")
    visitor.add("later")
    before = content(visitor)
    visitor.music.database.close()
    command = [sys.executable, "-c", KILL, url, str(tmp_path / "a"), str(copies.folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "half-way\n"
        process.send_signal(signal.SIGKILL)
    assert content(visitor) == before
    assert restore(url_of(visitor), tmp_path / "a", copies).counts["tracks"] == 31


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "webapp", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_commands_say_what_they_did(tmp_path):
    here = {"DATA_DIR": str(tmp_path / "data"), "DATABASE_URL": ""}
    file = str(tmp_path / "a.backup")
    assert "no database to back up" in run("backup", file, **here).stderr
    database = Database(database_url("", tmp_path / "data"), prepare=tracks.seed_built_in)
    database.read(lambda session: None)
    database.close()
    assert "All of the music's data is in" in run("backup", file, **here).stdout
    assert "there already" in run("backup", file, **here).stderr
    said = run("restore", file, **here).stdout
    assert "27 tracks" in said
    assert "before-restore" in said
    failed = run("restore", str(tmp_path / "none"), **here)
    assert (failed.returncode, failed.stderr[:6], "Traceback" in failed.stderr) == (1, "error:", False)


def test_a_damaged_database_says_what_to_do_and_is_set_aside_by_a_restore(
    tmp_path, copies, caplog, monkeypatch
):
    url = database_url("", tmp_path / "data")
    database = Database(url, prepare=tracks.seed_built_in, copies=copies)
    database.read(lambda session: None)
    back_up(url, tmp_path / "a")
    database.close()
    file = tmp_path / "data" / "music.sqlite3"
    file.write_bytes(damaged(tmp_path / "a", "holes"))
    with pytest.raises(MusicUnavailable, match="damaged.*operator can restore a copy") as caught:
        database.read(restoring.look_through)
    assert str(tmp_path) not in str(caught.value)
    assert "python -m webapp restore FILE" in caplog.text
    restored = restore(url, tmp_path / "a", copies)
    assert restored.restore_point is not None
    assert restored.restore_point.read_bytes() == damaged(tmp_path / "a", "holes")
    monkeypatch.setattr(database, "_rest_until_s", 0.0)
    database.read(restoring.look_through)
    database.close()


def test_a_file_removed_while_the_server_runs_is_noticed_and_its_content_kept(tmp_path, copies, caplog):
    database = Database(database_url("", tmp_path / "data"), prepare=tracks.seed_built_in, copies=copies)
    database.write(tracks.add_track, Track(kind="file", key="song", title="song"))
    shutil.rmtree(tmp_path / "data")
    titles = select(Track.title).where(Track.kind == "file")
    assert database.read(lambda session: session.scalars(titles).all()) == []
    database.write(tracks.add_track, Track(kind="file", key="new", title="new"))
    assert (tmp_path / "data" / "music.sqlite3").exists()
    (kept,) = copies.all("removed")
    assert str(kept) in caplog.text
    restore(database.url, kept, copies)
    assert database.read(lambda session: session.scalars(titles).all()) == ["song"]
    database.close()


def test_a_copy_is_made_each_day_and_fourteen_are_kept(tmp_path):
    now_s = [time.time()]
    copies = Copies(tmp_path / "backups", clock=lambda: now_s[0])
    url = database_url("", tmp_path / "data")
    assert copies.daily(url) is None  # nothing to copy
    database = Database(url, prepare=tracks.seed_built_in)
    database.read(lambda session: None)
    first = copies.daily(url)
    assert first is not None
    assert first.stat().st_mode & 0o077 == 0
    now_s[0] += 3600
    assert copies.daily(url) is None
    for _ in range(20):
        now_s[0] += 24 * 3600 + 1
        assert copies.daily(url) is not None
    assert len(copies.all("daily")) == 14
    assert first not in copies.all("daily")
    assert copies.newest() == copies.all("daily")[-1]
    assert [path.name for path in copies.folder.iterdir() if path.suffix != ".sqlite3"] == []
    database.close()


def test_a_full_disk_gets_no_copy(tmp_path, monkeypatch):
    database = Database(database_url("", tmp_path / "data"))
    database.read(lambda session: None)
    copies = Copies(tmp_path / "backups")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 10, 0))
    with pytest.raises(OSError, match="too little room"):
        copies.daily(database.url)
    assert copies.all() == []
    database.close()


FUTURE = """
import sqlalchemy as sa
from alembic import op
revision = "9999"
down_revision = "{before}"
def upgrade():
    op.create_table("future", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("playlists", sa.Column("colour", sa.String(10), nullable=False, server_default="red"))
def downgrade():
    raise NotImplementedError
"""


def test_two_versions_up_and_back(url, tmp_path, copies, monkeypatch, caplog):
    """A newer version migrates; the older one says so, and starts again from the copy made before."""
    address = database_url(url, tmp_path)
    database = Database(address, prepare=tracks.seed_built_in, copies=copies)
    database.write(tracks.add_track, Track(kind="file", key="kept", title="kept"))
    database.close()
    assert copies.all() == []
    newer = tmp_path / "migrations"
    shutil.copytree(engine.FOLDER, newer)
    head = max(path.name[:4] for path in (newer / "versions").glob("[0-9]*.py"))
    (newer / "versions" / "9999_future.py").write_text(FUTURE.format(before=head))
    older = engine.FOLDER
    monkeypatch.setattr(engine, "FOLDER", newer)
    upgraded = Database(address, copies=copies)
    insert = text(
        "INSERT INTO playlists (kind, name, placed_by, colour) VALUES ('own', 'new', 'user', 'blue')"
    )
    upgraded.write(lambda session: session.execute(insert) and None)
    upgraded.close()
    (kept,) = copies.all(f"before-upgrade-{head}")

    monkeypatch.setattr(engine, "FOLDER", older)
    database = Database(address, prepare=tracks.seed_built_in, copies=copies)
    with pytest.raises(MusicUnavailable, match="newer version of this server"):
        database.read(lambda session: None)
    assert str(kept) in caplog.text
    restored = restore(address, kept, copies)
    monkeypatch.setattr(database, "_rest_until_s", 0.0)
    titles = select(Track.title).where(Track.kind == "file")
    assert database.read(lambda session: session.scalars(titles).all()) == ["kept"]
    database.close()

    monkeypatch.setattr(engine, "FOLDER", newer)
    restore(address, restored.restore_point, copies)  # and what the newer version had is not lost either
    again = Database(address)
    colours = text("SELECT colour FROM playlists WHERE name = 'new'")
    assert again.read(lambda session: session.scalar(colours)) == "blue"
    again.close()


def test_a_backup_of_an_older_version_is_brought_up_to_date(url, tmp_path, copies):
    old = engine.make_engine(database_url("", tmp_path / "old"))
    (tmp_path / "old").mkdir()
    engine.upgrade(old, "0002")
    with old.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO tracks (kind, key, title, artist, album, mood_by, state, problem, listened, scan, details)"
                " VALUES ('file', 'a', 'old song', '', '', 'nobody', 'ok', '', 0, 0, '{}')"
            )
        )
    old.dispose()
    address = database_url(url, tmp_path)
    restore(address, tmp_path / "old" / "music.sqlite3", copies)
    database = Database(address)
    assert "old song" in database.read(lambda session: session.scalars(select(Track.title)).all())
    database.close()


def test_a_damaged_database_that_no_backup_could_replace_is_put_back(tmp_path, copies, monkeypatch):
    url = database_url("", tmp_path / "data")
    database = Database(url, prepare=tracks.seed_built_in)
    database.read(lambda session: None)
    database.close()
    back_up(url, tmp_path / "a")
    file = tmp_path / "data" / "music.sqlite3"
    file.write_bytes(b"this is no database" * 200)

    def ill(*_):
        raise OSError("the disk is full")

    for step in ("transfer", "check_health"):
        with monkeypatch.context() as broken:
            broken.setattr(restoring, step, ill)
            with pytest.raises(BackupError, match="disk is full. Everything is as it was before"):
                restore(url, tmp_path / "a", copies)
        assert file.read_bytes() == b"this is no database" * 200
