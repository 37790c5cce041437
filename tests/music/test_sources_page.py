"""Where the music comes from, in a real Chromium: a folder of files, radio, other sites' players; and when it goes."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.music import sounds
from tests.support.browser import videos
from tests.support.browser.steps import unfold
from tests.support.servers import SHIPPED, Server, while_alive
from tests.support.waiting import wait_until

pytestmark = pytest.mark.browser

SPOTIFY = "https://open.spotify.com/playlist/37i9dQZF1DXdPec7aLTmlC"


def noise(seconds: float) -> np.ndarray:
    """Does not compress, so a browser does not fetch all of it at once."""
    return np.random.default_rng(3).uniform(-0.1, 0.1, int(seconds * sounds.RATE_HZ)).astype(np.float32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A game's music as people have it, Ogg Vorbis; its tags say where on the plane it is."""
    root = tmp_path_factory.mktemp("files")
    songs = iter(sounds.game_music())
    for mood, artist, titles in (
        ("Happy", "Ann", ("Sun", "Sky", "Sea")),
        ("Sad", "Bo", ("Rain", "Mist", "Dusk")),
    ):
        for title in titles:
            to = root / ("Bright" if mood == "Happy" else "Low") / f"{title}.ogg"
            sounds.copy_tagged(next(songs), to, title=title, artist=artist, mood=mood)
    sounds.write_tagged(root / "Odd" / "Hiss.flac", noise(900), title="Hiss", mood="Angry")
    sounds.write_tagged(root / "Far" / "Buzz.flac", noise(900), title="Buzz", mood="Relaxed")
    (root / "Low" / "broken.mp3").write_bytes(b"this is no music" * 50)
    return root


@pytest.fixture(scope="module")
def server(folder, start_server) -> Iterator[Server]:
    running = start_server(MODEL_DIR=str(SHIPPED), MUSIC_DIR=str(folder), WEB_FETCH="any")
    # Before the scanner has begun, the page already says that the folder is read.
    wait_until(lambda: ask(running, "/music/scan")["state"] == "done", 240, "the scan's end")
    yield from while_alive(running)


def ask(server: Server, path: str, body: object = None) -> dict:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{server.url}/api/v1{path}", data, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read() or "null")


@pytest.fixture
def open_music(server, open_page):
    """Opens the page once the folder is read."""

    def open_it(*arguments, **options):
        page, watch = open_page(f"{server.url}/music", *arguments, **options)
        unfold(page)
        page.click("#tab-folder")
        expect(page.locator("#folder-state")).to_contain_text("The folder is read")
        page.reload()
        unfold(page)
        return page, watch

    return open_it


def set_mood(page: Page, expression: str, words: str) -> None:
    """Presses an expression and waits for the choice that follows; the one before may be of the same playlist."""
    page.click(f"[data-expression={expression}]")
    expect(page.locator("#why")).to_contain_text(f"The mood that you chose is {words}")


def start(page: Page) -> None:
    page.click("#toggle")
    expect(page.locator("#now")).to_have_attribute("data-phase", "playing")


def next_title(page: Page, playlist: str) -> str:
    """Returns the title of the next track, of the named playlist, once the page shows it.

    While the choice is on its way, the element is hidden and still holds the text of the track that has begun.
    """
    shown = page.locator("#upcoming-text:visible")
    expect(shown).to_have_text(re.compile(rf"Next: \w+, from {playlist}"))
    return re.search(r"Next: (\w+),", shown.inner_text())[1]


def test_a_smiling_face_brings_the_right_playlist_of_the_folder(open_music):
    page, watch = open_music(videos.one_face())
    sent: list[str] = []
    page.on("response", lambda answer: sent.append(answer.headers.get("content-type", "")))
    set_mood(page, "sad", "sad and calm")
    expect(page.locator("#now-by")).to_have_text("Bo · Low")
    start(page)
    first = page.inner_text("#now-title")
    page.click("#camera-start")
    expect(page.locator("#mood-words")).to_have_text("Bright and energetic, by the camera")
    expect(page.locator("#upcoming-text")).to_have_text(
        re.compile("The mood has changed. Next: S(un|ky|ea), from Bright")
    )
    assert page.inner_text("#now-title") == first
    page.click("#switch")
    expect(page.locator("#now-by")).to_have_text("Ann · Bright")
    expect(page.locator("#why")).to_contain_text("Your expression is bright and energetic: “Bright”")
    expect(page.locator("#at")).not_to_have_text("0:00")
    assert sent.count("audio/ogg") >= 2
    assert watch.errors == []


def test_a_song_fades_into_the_next_at_its_end(open_music):
    page, _ = open_music()
    set_mood(page, "happy", "bright and energetic")
    expect(page.locator("#now-by")).to_have_text("Ann · Bright")
    start(page)
    first = page.inner_text("#now-title")
    expect(page.locator("#total")).to_have_text(re.compile(r"\d:\d\d"))
    page.locator("#seek").fill(str(int(page.get_attribute("#seek", "max")) - 5))
    page.locator("#seek").dispatch_event("change")
    expect(page.locator("#now-title")).not_to_have_text(first, timeout=30_000)
    expect(page.locator("#now-phase")).to_have_text("Now playing")


def test_a_folder_says_what_cannot_be_read_and_lets_a_mood_be_corrected(open_music):
    page, _ = open_music()
    page.click("#tab-folder")
    expect(page.locator("#folder-state")).to_have_text("The folder is read; 1 file cannot be played.")
    expect(page.locator("#folder-problem-list")).to_contain_text("broken")
    page.fill("#track-search", "dusk")
    page.get_by_role("button", name=re.compile("^Correct the mood of Dusk")).click()
    point = page.get_by_role("button", name=re.compile("^Mood of the track"))
    for _ in range(8):
        point.press("Shift+ArrowRight")
    page.get_by_role("button", name="Keep").click()
    corrected = page.get_by_role("button", name="Correct the mood of Dusk, now: bright and calm")
    expect(corrected).to_be_visible()


def test_a_file_that_vanished_is_said_and_skipped(open_music, folder):
    page, _ = open_music()
    set_mood(page, "happy", "bright and energetic")
    expect(page.locator("#now-by")).to_have_text("Ann · Bright")
    start(page)
    first = page.inner_text("#now-title")
    gone = next_title(page, "Bright")
    assert gone.startswith("S")
    (folder / "Bright" / f"{gone}.ogg").rename(folder.parent / f"{gone}.ogg")
    page.click("#skip")
    expect(page.locator("#trouble")).to_have_text(f"“{gone}” is not there any more, so it was skipped.")
    expect(page.locator("#now-title")).not_to_have_text(first)
    assert page.inner_text("#now-title") != gone
    expect(page.locator("#at")).not_to_have_text("0:00")


def test_a_file_that_is_damaged_is_said_and_skipped(open_music, folder):
    page, _ = open_music()
    set_mood(page, "sad", "sad and calm")
    expect(page.locator("#now-by")).to_have_text("Bo · Low")
    start(page)
    first = page.inner_text("#now-title")
    damaged = next_title(page, "Low")
    (folder / "Low" / f"{damaged}.ogg").write_bytes(b"not a song any more " * 999)
    page.click("#skip")
    expect(page.locator("#trouble")).to_contain_text(
        f"“{damaged}” cannot be played by this browser, or is damaged"
    )
    expect(page.locator("#now-title")).not_to_have_text(first)
    assert page.inner_text("#now-title") != damaged


def test_a_file_that_vanishes_while_it_plays_loses_nothing_but_itself(open_music, folder):
    page, _ = open_music()
    set_mood(page, "angry", "tense and energetic")
    expect(page.locator("#now-title")).to_have_text("Hiss")
    start(page)
    page.wait_for_timeout(1200)
    (folder / "Odd" / "Hiss.flac").unlink()
    page.wait_for_timeout(1200)
    expect(page.locator("#now-title")).to_have_text("Hiss")  # what the browser has still plays
    page.locator("#seek").fill("850")
    page.locator("#seek").dispatch_event("change")
    expect(page.locator("#trouble")).to_contain_text("“Hiss” is not there any more")
    expect(page.locator("#now-phase")).to_have_text("Now playing")
    expect(page.locator("#now-title")).not_to_have_text("Hiss")


def test_a_file_that_is_damaged_while_it_plays_loses_nothing_but_itself(open_music, folder):
    page, _ = open_music()
    page.get_by_role("button", name=re.compile("^Far")).click()
    page.get_by_role("button", name="Play: Buzz").click()
    expect(page.locator("#now-title")).to_have_text("Buzz")
    expect(page.locator("#at")).not_to_have_text("0:00")
    file = folder / "Far" / "Buzz.flac"
    file.write_bytes(file.read_bytes()[:100_000] + b"no music " * 999)
    page.locator("#seek").fill("850")
    page.locator("#seek").dispatch_event("change")
    expect(page.locator("#trouble")).to_contain_text("“Buzz” cannot be played by this browser")
    expect(page.locator("#now-phase")).to_have_text("Now playing")
    expect(page.locator("#now-title")).not_to_have_text("Buzz")


@contextmanager
def radio(tmp_path: Path, name: str = "Tower Radio") -> Iterator[tuple[str, threading.Event]]:
    """A station that sends music until the event is set, then stays silent without closing."""
    song = sounds.write_wav(tmp_path / "song.wav", sounds.cheerful(20)).read_bytes()
    silent = threading.Event()
    over = threading.Event()

    class Station(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "audio/wav")
            self.send_header("icy-name", name)
            self.end_headers()
            head = song[:40] + (2**31 - 1).to_bytes(4, "little")  # a length that never comes to its end
            try:
                self.wfile.write(head)
                at = 44
                while not over.is_set():
                    if not silent.is_set():
                        self.wfile.write(song[at : at + sounds.RATE_HZ])  # half a second
                        at = 44 if at + 2 * sounds.RATE_HZ > len(song) else at + sounds.RATE_HZ
                    over.wait(0.4)
            except OSError:
                pass  # the listener has left

        def log_message(self, *_: object) -> None:
            pass

    station = ThreadingHTTPServer(("127.0.0.1", 0), Station)
    station.daemon_threads = True
    thread = threading.Thread(target=station.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{station.server_address[1]}/live", silent
    finally:
        over.set()
        station.shutdown()
        thread.join()
        station.server_close()


def paste(page: Page, name: str, address: str) -> None:
    page.fill("#new-name", name)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name of the playlist", exact=True)).to_have_value(name)
    page.get_by_label("A title to look for").fill(address)
    page.get_by_label("A title to look for").press("Enter")
    expect(page.locator("#open-list ol .track")).to_have_count(1)


def test_a_pasted_station_plays_and_its_silence_is_said(open_music, tmp_path):
    page, _ = open_music()
    with radio(tmp_path) as (address, silent):
        paste(page, "Stations", address)
        expect(page.locator("#open-list ol .track-name")).to_contain_text("Tower Radio")
        page.get_by_role("button", name="Play: Tower Radio").click()
        expect(page.locator("#now-title")).to_have_text("Tower Radio")
        expect(page.locator("#now-phase")).to_have_text("Now playing")
        expect(page.locator("#at")).not_to_have_text("0:00")
        assert page.locator("#seek").is_disabled()
        silent.set()
        expect(page.locator("#trouble")).to_have_text(
            "“Tower Radio” sends no sound at the moment, so it was skipped."
        )
        expect(page.locator("#now-title")).not_to_have_text("Tower Radio")
        expect(page.locator("#now-phase")).to_have_text("Now playing")


def test_a_pasted_address_is_removed_and_comes_back_into_its_playlists(open_music, tmp_path):
    page, watch = open_music()
    with radio(tmp_path, "Night FM") as (address, _):
        paste(page, "At night", address)
        page.click("#tab-folder")
        page.fill("#track-search", "night fm")
        expect(page.locator("#track-list .track")).to_have_count(1)
        remove = page.get_by_role("button", name="Remove Night FM from the catalogue")
        remove.click()
        expect(page.locator(".toast")).to_contain_text("“Night FM” was removed, also from playlists.")
        expect(page.locator("#track-list")).to_contain_text("No track has this")
        page.click("#tab-playlists")
        expect(page.locator("#open-list ol .track")).to_have_count(0)
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#open-list ol .track-name")).to_contain_text("Night FM")
        page.click("#tab-folder")
        expect(remove).to_be_visible()
        page.fill("#track-search", "dusk")
        expect(page.get_by_role("button", name=re.compile("^Correct the mood of Dusk"))).to_be_visible()
        assert page.get_by_role("button", name=re.compile("^Remove ")).count() == 0  # a file has its source
    assert watch.errors == []


OTHERS = {
    "https://youtu.be/dQw4w9WgXcQ": "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
    "https://music.apple.com/de/playlist/a-list/pl.u-76oNlyRuyKbpq": (
        "https://embed.music.apple.com/de/playlist/a-list/pl.u-76oNlyRuyKbpq"
    ),
    "https://www.deezer.com/en/playlist/908622995": "https://widget.deezer.com/widget/auto/playlist/908622995",
    "https://soundcloud.com/some-one/sets/a_list": (
        "https://w.soundcloud.com/player/?url=https%3A%2F%2Fsoundcloud.com%2Fsome-one%2Fsets%2Fa_list"
    ),
}


def test_the_other_services_frames_are_the_official_ones_and_the_policy_lets_them_in(server, open_music):
    page, watch = open_music()
    page.route("https://**/*", lambda route: route.fulfill(body="<p>player</p>", content_type="text/html"))
    ids = [ask(server, "/tracks", {"url": address})["tracks"][0]["id"] for address in OTHERS]
    ask(server, "/playlists", {"name": "Frames", "track_ids": ids})
    page.reload()
    unfold(page)
    page.get_by_role("button", name=re.compile("^Frames")).click()
    plays = page.locator("#open-list ol").get_by_role("button", name=re.compile("^Play: "))
    for number, frame in enumerate(OTHERS.values()):
        plays.nth(number).click()
        expect(page.locator(f'#embed iframe[src="{frame}"]')).to_be_visible()
        expect(page.frame_locator("#embed iframe").locator("p")).to_have_text("player")
    page.get_by_role(
        "button", name="Delete", exact=True
    ).click()  # the other tests choose among all playlists
    expect(page.locator("#lists")).not_to_contain_text("Frames")
    assert not [text for text in watch.errors if "Content Security Policy" in text]


def test_another_sites_player_is_its_official_frame_and_the_page_says_what_it_cannot_do(open_music):
    page, watch = open_music()
    page.route("https://**/*", lambda route: route.fulfill(body="<p>player</p>", content_type="text/html"))
    paste(page, "Theirs", f"{SPOTIFY}?si=abc")
    page.locator("#open-list ol").get_by_role("button", name=re.compile("^Play: ")).click()
    frame = page.locator("#embed iframe")
    expect(frame).to_have_attribute("src", SPOTIFY.replace("/playlist", "/embed/playlist"))
    assert "a player of Spotify" in frame.get_attribute("title")
    assert frame.get_attribute("sandbox").split()[:2] == ["allow-scripts", "allow-same-origin"]
    assert "autoplay" in frame.get_attribute("allow")
    expect(page.frame_locator("#embed iframe").locator("p")).to_have_text("player")  # the policy lets it in
    expect(page.locator("#embed-note")).to_contain_text("neither hear nor control it")
    expect(page.locator("#toggle")).to_be_disabled()
    expect(page.locator("#seek-row")).to_be_hidden()
    page.click("#skip")
    expect(frame).to_have_count(0)
    assert not [text for text in watch.errors if "Content Security Policy" in text]


def test_an_address_that_is_no_music_is_refused_in_words(open_music):
    page, _ = open_music()
    page.fill("#new-name", "Nothing")
    page.keyboard.press("Enter")
    page.get_by_label("A title to look for").fill("https://open.spotify.com/user/somebody")
    page.get_by_label("A title to look for").press("Enter")
    expect(page.locator(".toast")).to_contain_text("Paste the address of a playlist")
