"""A folder without subfolders: playlists by mood, scans that say how far they are, moods written beside the music."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.music import sounds
from tests.music.conftest import Visitor, make_app
from tests.support.browser.axe import violations
from tests.support.browser.chrome import PHONE
from tests.support.browser.steps import unfold
from tests.support.servers import SHIPPED, Server, while_alive
from tests.support.waiting import wait_until
from webapp.core.affect import Point
from webapp.errors import CannotWrite
from webapp.music.catalogue.mood_lists import quarter_of
from webapp.music.scanner.process import scan_progress
from webapp.music.scanner.scan import Scanner, announce, scan_row
from webapp.music.sources import mood_file
from webapp.music.sources.playlist_files import parse

MOODS = {"Sun": "Happy", "Sky": "Upbeat", "Rain": "Sad", "Storm": "Angry"}


def song(folder: Path, title: str, mood: str = "") -> Path:
    tags = {"title": title, "artist": "Ann", **({"mood": mood} if mood else {})}
    return sounds.write_tagged(folder / f"{title}.flac", sounds.cheerful(2), **tags)


@pytest.fixture
def folder(tmp_path) -> Path:
    root = tmp_path / "Music"
    for title, mood in MOODS.items():
        song(root, title, mood)
    (root / "broken.mp3").write_bytes(b"this is no music" * 50)
    return root


@pytest.fixture(autouse=True)
def deaf(monkeypatch):
    """Leaves the hearing out, which has tests of its own."""
    monkeypatch.setattr(Scanner, "_hear", lambda self, key: None)


def scan(visitor: Visitor, folder: Path) -> None:
    visitor.music.music_dir = folder
    assert Scanner(visitor.music.database, folder).run()


def by_mood(visitor: Visitor) -> dict[str, list[str]]:
    found = [one for one in visitor.get("/playlists")["playlists"] if one["kind"] == "mood"]
    entries = {one["name"]: visitor.get(f"/playlists/{one['id']}/entries")["entries"] for one in found}
    return {name: [entry["track"]["title"] for entry in some] for name, some in entries.items()}


@pytest.mark.parametrize(
    ("valence", "arousal", "key"),
    [
        (0.8, 0.5, "bright-energetic"),
        (0.1, -0.1, "bright-calm"),
        (-0.1, 0.1, "tense-energetic"),
        (-0.9, -0.2, "sad-calm"),
        (0.0, 0.0, "bright-energetic"),
    ],
)
def test_a_file_belongs_to_its_quarter_of_the_plane(valence, arousal, key):
    assert quarter_of(Point(valence, arousal)) == key


def test_a_flat_folder_gets_playlists_by_mood(visitor, folder):
    scan(visitor, folder)
    assert by_mood(visitor) == {
        "Bright and energetic": ["Sky", "Sun"],
        "Sad and calm": ["Rain"],
        "Tense and energetic": ["Storm"],
    }
    assert visitor.next(-0.6, -0.3)["track"]["title"] == "Rain"
    assert visitor.next(-0.6, -0.3)["playlist"]["name"] == "Sad and calm"


def test_a_corrected_mood_moves_the_file_and_a_subfolder_ends_the_division(visitor, folder):
    scan(visitor, folder)
    (sky,) = visitor.get("/tracks", search="Sky", kind="file")["tracks"]
    visitor.ask("PATCH", f"/tracks/{sky['id']}", {"point": {"valence": 0.5, "arousal": -0.6}})
    assert by_mood(visitor)["Bright and calm"] == ["Sky"]
    song(folder / "Album", "New", "Calm")
    scan(visitor, folder)
    assert by_mood(visitor) == {}


def test_files_that_are_all_alike_are_not_divided(visitor, tmp_path):
    root = tmp_path / "Music"
    for title in ("Sun", "Sky"):
        song(root, title, "Happy")
    scan(visitor, root)
    assert by_mood(visitor) == {}


def test_built_in_playlists_are_not_choosable_where_there_is_other_music(visitor, folder):
    before = visitor.get("/playlists")
    assert sorted(before["choosable"]) == sorted(one["id"] for one in before["playlists"])
    scan(visitor, folder)
    after = visitor.get("/playlists")
    kinds = {one["kind"] for one in after["playlists"] if one["id"] in after["choosable"]}
    assert kinds == {"folder", "mood"}


def test_a_scan_that_was_asked_for_is_said_to_run_before_its_process_has_begun(visitor, folder):
    scan(visitor, folder)
    visitor.music.database.write(announce)
    state = visitor.get("/music/scan")
    assert (state["state"], state["num_found"], state["num_problems"]) == ("reading", 0, 1)
    assert Scanner(visitor.music.database, folder).run()
    assert visitor.get("/music/scan")["state"] == "done"


def test_a_scanner_that_never_begins_is_said(visitor):
    def pretend(session):
        announce(session)
        scan_row(session).beat_at -= 100
        return scan_progress(session, has_folder=True)

    state = visitor.music.database.write(pretend)
    assert (state.state, state.message) == ("failed", "The scanner did not start. Scan again.")


def test_a_broken_file_is_counted_by_every_scan_until_it_is_gone(visitor, folder):
    for _ in range(2):
        scan(visitor, folder)
        assert visitor.get("/music/scan")["num_problems"] == 1
    (folder / "Sun.flac").write_bytes(b"not a song any more")
    (sun,) = visitor.get("/tracks", search="Sun", kind="file")["tracks"]
    visitor.post(f"/tracks/{sun['id']}/check")
    assert visitor.get("/music/scan")["num_problems"] == 2
    (folder / "broken.mp3").unlink()
    song(folder, "Sun", "Happy")
    scan(visitor, folder)
    assert visitor.get("/music/scan")["num_problems"] == 0


def test_moods_are_written_beside_the_music_and_make_no_playlist_of_their_own(visitor, folder):
    scan(visitor, folder)
    (rain,) = visitor.get("/tracks", search="Rain", kind="file")["tracks"]
    visitor.ask("PATCH", f"/tracks/{rain['id']}", {"point": {"valence": 0.5, "arousal": -0.6}})
    song(folder, "50% #1 & more", "Calm")
    scan(visitor, folder)
    assert visitor.post("/music/moods", status=201) == {
        "file": "Music/countenance-moods.xspf",
        "num_tracks": 5,
    }
    written = folder / "countenance-moods.xspf"
    listed = parse(written.read_bytes(), ".xspf")
    assert [item.location for item in listed.items][0] == "50%25%20%231%20%26%20more.flac"
    text = written.read_text()
    assert "<annotation>bright and calm</annotation>" in text
    assert '<meta rel="urn:countenance:valence">0.50</meta>' in text
    assert '<meta rel="urn:countenance:mood-by">user</meta>' in text
    visitor.post("/music/moods", status=201)  # ours is replaced
    assert [one.name for one in folder.iterdir() if one.name.startswith(".countenance")] == []
    scan(visitor, folder)
    names = {one["name"] for one in visitor.get("/playlists")["playlists"] if one["kind"] == "folder"}
    assert names == {"Music"}


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_what_we_did_not_write_is_left_alone(visitor, folder, tmp_path, kind):
    target = folder / "countenance-moods.xspf"
    elsewhere = tmp_path / "elsewhere.xspf"
    elsewhere.write_text("<playlist/>")
    if kind == "file":
        target.write_text("mine")
    elif kind == "link":
        target.symlink_to(elsewhere)
    else:
        target.mkdir()
    scan(visitor, folder)
    answer = visitor.post("/music/moods", status=409)
    assert (answer["code"], "left alone" in answer["detail"]) == ("cannot_write", True)
    assert elsewhere.read_text() == "<playlist/>"
    assert kind != "file" or target.read_text() == "mine"


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path):
    with pytest.raises(CannotWrite, match="nothing was written"):
        mood_file.write(Path("/proc"), [])  # not even for root
    with pytest.raises(CannotWrite, match="nothing was written"):
        mood_file.write(tmp_path / "nowhere", [])


def test_only_where_everyone_may_change_all_is_anything_written(tmp_path, folder):
    environment = {"DATA_DIR": str(tmp_path / "data"), "MUSIC_DIR": str(folder)}
    for edits in ("own", "nobody"):
        visitor = Visitor(make_app(**environment, MUSIC_EDITS=edits))
        assert visitor.post("/music/moods", status=403)["code"] == "read_only"
        visitor.music.close()
    assert not (folder / "countenance-moods.xspf").exists()


@pytest.fixture(scope="module")
def music(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("flat") / "Tunes"
    for title, mood in MOODS.items():
        song(root, title, mood)
    (root / "broken.mp3").write_bytes(b"this is no music" * 50)
    return root


@pytest.fixture(scope="module")
def server(music, start_server: Callable[..., Server]) -> Iterator[Server]:
    running = start_server(MODEL_DIR=str(SHIPPED), MUSIC_DIR=str(music), WEB_FETCH="off")

    def is_done() -> bool:
        with urllib.request.urlopen(f"{running.url}/api/v1/music/scan", timeout=20) as answer:
            return json.loads(answer.read())["state"] == "done"

    wait_until(is_done, 240, "the scan's end")
    yield from while_alive(running)


@pytest.mark.browser
def test_the_plane_shows_the_dots_that_can_be_chosen_alone(server, open_page):
    page, watch = open_page(f"{server.url}/music", locale="de-DE")
    expect(page.locator("#lists")).to_contain_text("Heiter und lebhaft")
    page.click("[data-expression=sad]")
    expect(page.locator("#now-by")).to_have_text("Ann · Traurig und ruhig")
    marks = page.locator("#plane .plane-mark").evaluate_all("marks => marks.map(mark => mark.title)")
    assert sorted(marks) == ["Angespannt und lebhaft", "Heiter und lebhaft", "Traurig und ruhig", "Tunes"]
    assert watch.errors == []


@pytest.mark.browser
def test_scan_again_shows_progress_at_once_then_what_is_new_and_forgets_no_problem(server, music, open_page):
    page, watch = open_page(f"{server.url}/music")
    expect(page.locator("#lists")).not_to_contain_text("Bright and calm")
    unfold(page)
    page.click("#tab-folder")
    expect(page.locator("#folder-state")).to_have_text("The folder is read; 1 file cannot be played.")
    song(music, "Lake", "Peaceful")
    page.click("#folder-scan")
    expect(page.locator("#folder-state")).to_have_text(re.compile("Looking for new files|Reading files"))
    expect(page.locator("#folder-progress")).to_be_visible()
    expect(page.locator("#folder-state")).to_have_text("The folder is read; 1 file cannot be played.")
    expect(page.locator("#folder-problem-list")).to_contain_text("broken")
    expect(page.locator("#track-list")).to_contain_text("Lake")
    page.click("#tab-playlists")
    expect(page.locator("#lists")).to_contain_text("Bright and calm")
    assert watch.errors == []


@pytest.mark.browser
def test_the_moods_are_saved_by_a_button_that_says_where(server, music, open_page):
    page, _ = open_page(f"{server.url}/music", viewport=PHONE)
    unfold(page)
    page.click("#tab-folder")
    page.get_by_role("button", name="Save the moods in the folder").click()
    expect(page.locator("#folder-written")).to_have_text(
        re.compile("^Written to Tunes/countenance-moods.xspf: the moods of [45] files.$")
    )
    assert (music / "countenance-moods.xspf").exists()
    assert violations(page) == []
    (music / "countenance-moods.xspf").write_text("not ours")
    page.get_by_role("button", name="Save the moods in the folder").click()
    expect(page.locator(".toast")).to_contain_text("Nothing was written")
    expect(page.locator("#folder-written")).to_be_empty()
    (music / "countenance-moods.xspf").unlink()
