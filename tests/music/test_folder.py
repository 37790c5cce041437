"""A folder of real files, scanned into the catalogue."""

from __future__ import annotations

import errno
import os
import shutil
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.music import sounds
from webapp.music.catalogue.database import Database
from webapp.music.catalogue.engine import SCAN_LOCK
from webapp.music.http import tracks as http_tracks
from webapp.music.scanner import scan as scan_module
from webapp.music.scanner.scan import Scanner, is_unfinished, scan_row
from webapp.music.sources import files, playlist_files
from webapp.music.sources import folder as mirror


@pytest.fixture
def folder(tmp_path):
    """Three subfolders, a loose file, playlists, and what is no music."""
    root = tmp_path / "music"
    short = sounds.cheerful(2)
    sounds.write_tagged(root / "Bright" / "a.flac", short, title="Sun", artist="Ann", mood="Happy")
    sounds.write_tagged(root / "Bright" / "b.flac", short, title="Sky", genre="Pop", bpm="120")
    sounds.write_tagged(root / "Low" / "c.flac", short, title="Rain", mood="sad; calm")
    sounds.write_wav(root / "loose.wav", short)
    (root / "Low" / "broken.mp3").write_bytes(b"this is no music" * 50)
    (root / "notes.txt").write_text("nothing")
    (root / "mine.m3u8").write_text(
        "#EXTM3U\n#EXTINF:2,Ann - Sun\nBright/a.flac\nLow\\c.flac\nhttp://x/y\n../../etc/passwd\n"
    )
    (root / "Low" / "up.xspf").write_text(
        '<playlist version="1" xmlns="http://xspf.org/ns/0/"><title>Upwards</title><trackList>'
        "<track><location>c.flac</location></track><track><location>../Bright/a%2Eflac</location></track>"
        f"<track><location>file://{root}/loose.wav</location></track></trackList></playlist>"
    )
    (root / "bad.xspf").write_text("<playlist")
    return root


def scan(visitor, folder):
    visitor.music.music_dir = folder
    assert Scanner(visitor.music.database, folder).run()
    return {track["title"]: track for track in visitor.get("/tracks", kind="file")["tracks"]}


def folder_playlists(visitor):
    found = [p for p in visitor.get("/playlists", page_size=200)["playlists"] if p["kind"] == "folder"]
    entries = {p["name"]: visitor.get(f"/playlists/{p['id']}/entries")["entries"] for p in found}
    return {name: [e["track"]["title"] for e in some] for name, some in entries.items()}, {
        p["name"]: p for p in found
    }


@pytest.fixture
def deaf(monkeypatch):
    """Leaves the hearing out, which has tests of its own."""
    monkeypatch.setattr(Scanner, "_hear", lambda self, key: None)


def test_a_folder_becomes_tracks_and_playlists(visitor, folder, deaf):
    tracks = scan(visitor, folder)
    assert set(tracks) == {"Sun", "Sky", "Rain", "loose", "broken"}
    assert (tracks["Sun"]["artist"], tracks["Sun"]["duration_s"]) == ("Ann", pytest.approx(2.0, abs=0.1))
    assert (tracks["Sun"]["point"], tracks["Sun"]["mood_by"]) == ({"valence": 0.81, "arousal": 0.51}, "tags")
    assert tracks["Sky"]["point"] == pytest.approx(
        {"valence": 0.5, "arousal": 0.331}, abs=1e-3
    )  # (.4 + .262) / 2
    assert tracks["Rain"]["point"] == pytest.approx({"valence": -0.065, "arousal": -0.435})
    assert (tracks["broken"]["state"], tracks["loose"]["mood_by"]) == ("unreadable", "nobody")
    assert "path" not in tracks["Sun"]
    assert tracks["Sun"]["url"] == f"/api/v1/tracks/{tracks['Sun']['id']}/audio"
    names, found = folder_playlists(visitor)
    assert names == {
        "Bright": ["Sun", "Sky"],
        "Low": ["broken", "Rain"],
        "music": ["loose"],
        "mine": ["Sun", "Rain"],
        "Upwards": ["Rain", "Sun", "loose"],
    }
    assert found["Bright"]["point"]["valence"] == pytest.approx((0.81 + 0.5) / 2)
    mine = visitor.post("/playlists", {"name": "Zoo"}, status=201)["id"]
    kinds = [playlist["kind"] for playlist in visitor.get("/playlists")["playlists"]]
    assert kinds == ["own", *["folder"] * 5, *["built_in"] * 9]
    visitor.ask("DELETE", f"/playlists/{mine}", status=204)
    state = visitor.get("/music/scan")
    assert (state["state"], state["num_problems"], state["message"]) == ("done", 1, "")


def test_what_cannot_be_read_is_never_chosen(visitor, folder, deaf):
    tracks = scan(visitor, folder)
    chosen = {visitor.next(-0.1, -0.4, seed=seed)["track"]["title"] for seed in range(10)}
    assert tracks["broken"]["problem"]
    assert "broken" not in chosen


def test_songs_play_where_nothing_can_hear_them_and_are_heard_once_something_can(
    visitor, folder, deaf, monkeypatch
):
    monkeypatch.setattr(scan_module, "can_hear", lambda: False)
    tracks = scan(visitor, folder)
    assert (tracks["Sun"]["mood_by"], tracks["loose"]["mood_by"]) == ("tags", "nobody")
    assert visitor.get("/music/scan")["state"] == "done"
    assert folder_playlists(visitor)[1]["Bright"]["point"]["valence"] == pytest.approx((0.81 + 0.5) / 2)
    monkeypatch.undo()
    heard = []
    monkeypatch.setattr(Scanner, "_hear", lambda self, key: heard.append(key))
    scan(visitor, folder)
    assert heard == ["loose.wav"]


def test_a_second_scan_reads_only_what_changed_and_keeps_corrections(visitor, folder, deaf):
    tracks = scan(visitor, folder)
    point = {"valence": -1, "arousal": 1}
    visitor.ask("PATCH", f"/tracks/{tracks['Sun']['id']}", {"point": point})
    sounds.write_tagged(folder / "Bright" / "b.flac", sounds.cheerful(3), title="New sky")
    os.utime(folder / "Bright" / "b.flac", (1, 1))
    again = scan(visitor, folder)
    assert visitor.get("/music/scan")["num_done"] == 1  # to hear: the one without tags; Sky
    assert (again["New sky"]["id"], again["New sky"]["mood_by"]) == (tracks["Sky"]["id"], "nobody")
    assert (again["Sun"]["point"], again["Sun"]["mood_by"]) == (point, "user")


def test_a_file_that_vanishes_is_said_and_comes_back(visitor, folder, deaf, tmp_path):
    before = scan(visitor, folder)
    (folder / "Bright" / "a.flac").rename(tmp_path / "a.flac")
    gone = scan(visitor, folder)["Sun"]
    assert (gone["state"], gone["problem"], gone["id"]) == (
        "missing",
        "The file is gone.",
        before["Sun"]["id"],
    )
    assert folder_playlists(visitor)[0]["Bright"] == ["Sun", "Sky"]
    (tmp_path / "a.flac").rename(folder / "Bright" / "a.flac")
    assert scan(visitor, folder)["Sun"]["state"] == "ok"


def test_a_moved_point_of_a_folder_playlist_stays_and_a_vanished_folder_goes(visitor, folder, deaf):
    scan(visitor, folder)
    bright = folder_playlists(visitor)[1]["Bright"]["id"]
    point = {"valence": 0.1, "arousal": 0.2}
    visitor.ask("PATCH", f"/playlists/{bright}", {"point": point})
    (folder / "mine.m3u8").unlink()
    scan(visitor, folder)
    found = folder_playlists(visitor)[1]
    assert (found["Bright"]["id"], found["Bright"]["point"]) == (bright, point)
    assert "mine" not in found


@pytest.mark.parametrize("number", [errno.EMFILE, errno.EIO])
def test_a_file_that_cannot_be_opened_at_the_moment_is_not_gone(visitor, folder, deaf, monkeypatch, number):
    """Two addresses with many connections made the server say so of every song, until the next scan."""
    track = scan(visitor, folder)["Sun"]

    def fail(*_):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(http_tracks, "send_audio", fail)
        refused = visitor.ask("GET", f"/tracks/{track['id']}/audio", status=503)
    assert (refused["code"], refused["retry_after_ms"]) == ("server_busy", 5000)
    assert visitor.get(f"/tracks/{track['id']}")["state"] == "ok"
    assert visitor.client.get(track["url"]).status_code == 200


def test_odd_names_and_tags_do_no_harm(visitor, folder, deaf):
    sounds.write_tagged(
        folder / "Low" / "100% ünï # ? x.flac", sounds.cheerful(2), title="a\x1bb\x7fc", artist="x" * 999
    )
    nameless = Path(os.fsdecode(os.fsencode(folder / "Low") + b"/\xff\xfe.wav"))
    nameless.write_bytes((folder / "loose.wav").read_bytes())
    tracks = scan(visitor, folder)
    assert tracks["a b c"]["artist"] == "x" * 200
    assert visitor.app.test_client().get(tracks["a b c"]["url"]).status_code == 200
    assert len(tracks) == 6  # the one whose name is no text is left out


def test_nothing_outside_the_folder_is_taken_in(visitor, folder, deaf, tmp_path):
    secret = sounds.write_wav(tmp_path / "secret.wav", sounds.cheerful(2))
    (folder / "link.wav").symlink_to(secret)
    (folder / "Bright" / "up").symlink_to(tmp_path)
    assert "secret" not in scan(visitor, folder)
    assert "link" not in scan(visitor, folder)


def test_a_link_made_after_the_scan_is_not_followed(visitor, folder, deaf, tmp_path):
    track = scan(visitor, folder)["Sun"]
    secret = sounds.write_wav(tmp_path / "secret.wav", sounds.cheerful(2))
    (folder / "Bright" / "a.flac").unlink()
    (folder / "Bright" / "a.flac").symlink_to(secret)
    assert visitor.ask("GET", f"/tracks/{track['id']}/audio", status=404)["code"] == "file_gone"


def test_a_missing_folder_is_said(visitor, tmp_path):
    from webapp.errors import SettingsError

    with pytest.raises(SettingsError):
        Scanner(visitor.music.database, tmp_path / "nowhere").run()
    state = visitor.get("/music/scan")
    assert (state["state"], "is not there" in state["message"]) == ("failed", True)


def test_two_scanners_do_not_work_at_once_but_a_dead_one_is_replaced(visitor, folder, deaf):
    database = visitor.music.database

    def pretend(session, age_s):
        row = scan_row(session)
        row.state, row.beat_at = "reading", time.time() - age_s

    with database.sole(SCAN_LOCK):  # as a scanner does; SQLite goes by the signs of life alone
        database.write(pretend, 1)
        assert Scanner(database, folder).run() is False
        assert visitor.get("/music/scan")["state"] == "reading"
        assert not database.write(is_unfinished)
    database.write(pretend, 100)
    assert "stopped without a word" in visitor.get("/music/scan")["message"]
    assert database.write(is_unfinished)
    assert Scanner(database, folder).run() is True
    assert not database.write(is_unfinished)


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("jump_s", [3600, -3600])
def test_a_clock_that_jumps_neither_keeps_a_dead_scanner_nor_loses_a_live_one(
    visitor, folder, deaf, monkeypatch, jump_s
):
    database, now_s = visitor.music.database, time.time()
    clock = {"s": now_s}
    monkeypatch.setattr("webapp.music.scanner.scan.time", SimpleNamespace(time=lambda: clock["s"]))

    def pretend(session):
        row = scan_row(session)
        row.state, row.beat_at = "reading", clock["s"]

    database.write(pretend)
    clock["s"] += jump_s
    database.write(pretend)  # a live one's next sign
    assert Scanner(database, folder).run() is False
    clock["s"] -= jump_s
    assert "stopped without a word" in visitor.get("/music/scan")["message"]  # that sign was its last
    assert Scanner(database, folder).run() is True


def test_a_scanner_that_was_taken_for_dead_leaves_the_scan_to_the_next(visitor, folder, deaf, monkeypatch):
    database, read_files = visitor.music.database, mirror.read_files

    def overtaken(*arguments):
        database.write(lambda session: setattr(scan_row(session), "number", 7))
        return read_files(*arguments)

    monkeypatch.setattr(mirror, "read_files", overtaken)
    assert Scanner(database, folder).run() is False
    state = database.write(lambda session: scan_row(session).state)
    assert state == "reading"  # not "done": the other says that


def test_without_a_folder_a_scan_is_refused(visitor):
    assert "MUSIC_DIR" in visitor.post("/music/scan", status=404)["detail"]
    assert visitor.get("/music/scan")["has_folder"] is False


@pytest.mark.slow
def test_moods_are_heard(visitor, tmp_path):
    root = tmp_path / "music"
    sounds.write_wav(root / "cheerful.wav", sounds.cheerful())
    sounds.write_wav(root / "gloomy.wav", sounds.gloomy())
    sounds.write_wav(root / "silence.wav", sounds.cheerful() * 0)
    heard = scan(visitor, root)
    cheerful, gloomy = heard["cheerful"]["point"], heard["gloomy"]["point"]
    assert cheerful["valence"] > 0.15 > -0.15 > gloomy["valence"]
    assert cheerful["arousal"] > 0.1 > -0.25 > gloomy["arousal"]
    assert {heard[name]["mood_by"] for name in ("cheerful", "gloomy")} == {"ear"}
    assert (heard["silence"]["point"], heard["silence"]["state"]) == (None, "ok")
    place = folder_playlists(visitor)[1]["music"]["point"]["valence"]
    assert place == pytest.approx((cheerful["valence"] + gloomy["valence"]) / 2)


@pytest.mark.slow
def test_real_music_is_heard(visitor, tmp_path):
    root = tmp_path / "music"
    root.mkdir()
    for file in sounds.game_music()[:2]:
        shutil.copy(file, root)
    heard = scan(visitor, root)
    assert len(heard) == 2
    assert {track["mood_by"] for track in heard.values()} == {"ear"}


def test_a_named_pipe_is_no_music_and_nothing_waits_for_it(visitor, folder, deaf):
    for name in ("Bright/pipe.mp3", "pipe.m3u", "Low/pipe.flac"):
        os.mkfifo(folder / name)
    (folder / "folder.mp3").mkdir()
    assert set(scan(visitor, folder)) == {"Sun", "Sky", "Rain", "loose", "broken"}


def test_while_files_are_read_others_may_write(visitor, folder, deaf, monkeypatch):
    """A slow disk holds up the scan alone."""
    other = Database(visitor.music.database.url)
    written = []

    def slow(path):
        written.append(other.write(lambda session: str(path.name)))  # with the lock held, it would be refused
        return files.read_tags(path)

    monkeypatch.setattr(mirror, "read_tags", slow)
    scan(visitor, folder)
    other.close()
    assert len(written) == 5


def test_playlist_files_are_read_outside_the_transaction(visitor, folder, deaf, monkeypatch):
    other = Database(visitor.music.database.url)
    written = []

    def slow(content, suffix):
        written.append(other.write(lambda session: suffix))
        return playlist_files.parse(content, suffix)

    monkeypatch.setattr(mirror, "parse", slow)
    scan(visitor, folder)
    other.close()
    assert sorted(written) == [".m3u8", ".xspf", ".xspf"]
