"""The music page in a real Chromium: mood, choice, sound, and what goes wrong with them."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import videos
from tests.support.browser.axe import violations
from tests.support.browser.chrome import DESKTOP, PHONE
from tests.support.browser.steps import unfold
from tests.support.waiting import wait_until

pytestmark = pytest.mark.browser


def loudness(page: Page) -> float:
    """Returns the highest sample that Tone.js sends to the loudspeaker within half a second, 0..1."""
    return page.evaluate(
        """async () => {
          const meter = new Tone.Analyser("waveform", 1024);
          Tone.getDestination().connect(meter);
          let most = 0;
          for (let at = 0; at < 20; at++) {
            await new Promise(resolve => setTimeout(resolve, 25));
            most = Math.max(most, ...meter.getValue().map(Math.abs));
          }
          Tone.getDestination().disconnect(meter);
          return most;
        }"""
    )


def start(page: Page) -> None:
    page.click("#toggle")
    expect(page.locator("#now")).to_have_attribute("data-phase", "playing")


SILENT = """
// As Firefox does without a loudspeaker: the sound never begins.
window.isSilent = true;
let tone;
Object.defineProperty(window, "Tone", {
  configurable: true,
  get: () => tone,
  set(real) {
    const get = (_, name) => (name === "start" && window.isSilent ? () => new Promise(() => {}) : real[name]);
    tone = new Proxy({}, { get });
  },
});
"""


def test_a_device_without_sound_is_named_and_start_can_be_pressed_again(server, open_page):
    page, watch = open_page(f"{server.url}/music")
    page.add_init_script(SILENT)
    page.reload()
    expect(page.locator("#now-phase")).to_have_text("Ready to play")
    page.click("#toggle")
    expect(page.locator("body")).to_contain_text("This device gives the browser no sound.", timeout=20_000)
    page.evaluate("window.isSilent = false")
    start(page)
    assert watch.errors == []


def test_the_first_visit_has_music_that_can_be_heard_and_a_reason(server, open_page):
    page, watch = open_page(f"{server.url}/music")
    expect(page.locator("#now-phase")).to_have_text("Ready to play")
    assert page.evaluate("typeof Tone") == "undefined"  # nothing of it is loaded before it is wanted
    announced = page.inner_text("#now-title")
    start(page)
    assert page.inner_text("#now-title") == announced
    expect(page.locator("#why")).to_have_text(
        re.compile(
            "^No mood is chosen yet, so the music starts in the middle: “Plain day” is the nearest playlist, and "
            f"“{announced}” is (its nearest track|one of its nearest tracks)\\.$"
        )
    )
    wait_until(lambda: loudness(page) > 0.005, what="music that can be heard")
    page.click("#toggle")
    expect(page.locator("#now-phase")).to_have_text("Paused")
    wait_until(lambda: loudness(page) < 0.001, what="silence")
    at = page.inner_text("#at")
    page.wait_for_timeout(1200)
    assert page.inner_text("#at") == at
    assert watch.errors == []
    assert {host for host in watch.hosts if host} == {server.url.split("/")[2]}


def test_the_point_never_lies_on_the_name_of_the_playlist_below_it(server, open_page):
    page, _ = open_page(f"{server.url}/music")
    gap = """() => {
      const mark = [...document.querySelectorAll("#plane .plane-mark")].find(it => it.textContent === "Plain day");
      const name = document.createRange();
      name.selectNodeContents(mark);
      const button = document.querySelector("#plane .plane-handle.point").getBoundingClientRect();
      const radius = parseFloat(getComputedStyle(document.documentElement).fontSize) * 1.35 / 2 + 2;
      return name.getBoundingClientRect().top - (button.top + button.height / 2 + radius);
    }"""
    expect(page.locator("#plane .plane-mark", has_text="Plain day")).to_be_visible()
    assert page.evaluate(gap) >= -2  # the letters stand lower than their line begins
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(300)
    assert page.evaluate(gap) >= -2
    page.click("[data-expression=happy]")
    expect(page.locator("#plane .plane-mark", has_text="Plain day")).not_to_have_attribute("data-covered", "")


@pytest.mark.parametrize("locale", ["en", "de-DE"])
def test_all_built_in_playlists_are_named_on_a_phone_s_plane_and_no_name_touches_another(
    server, open_page, locale
):
    page, _ = open_page(f"{server.url}/music", viewport=PHONE, locale=locale)
    marks = page.locator("#plane .plane-mark")
    expect(marks).to_have_count(9)
    assert "" not in marks.all_inner_texts()
    boxes = marks.evaluate_all(
        """marks => marks.map(mark => {
          const name = document.createRange();
          name.selectNodeContents(mark);
          const { left, right, top, bottom } = name.getBoundingClientRect();
          return { name: mark.title, left, right, top, bottom };
        })"""
    )
    touching = [
        (one["name"], other["name"])
        for one, other in combinations(boxes, 2)
        if one["left"] < other["right"] + 4
        and other["left"] < one["right"] + 4
        and one["top"] < other["bottom"]
        and other["top"] < one["bottom"]
    ]
    assert touching == []


def test_a_smiling_face_brings_the_pleasant_and_active_playlist_next_and_cuts_nothing(server, open_page):
    page, watch = open_page(f"{server.url}/music", videos.one_face())
    start(page)
    first = page.inner_text("#now-title")
    page.click("#camera-start")
    expect(page.locator("#preview")).to_be_visible()
    expect(page.locator("#preview .on-air")).to_have_text("Camera on")
    expect(page.locator("#mood-words")).to_have_text("Bright and energetic, by the camera")
    expect(page.locator("#plane .live")).to_be_visible()
    assert float(page.get_attribute("#plane .live", "cx")) > 70  # of 100: pleasant
    assert len(page.get_attribute("#plane .trail", "points").split()) > 5
    expect(page.locator("#upcoming-text")).to_contain_text("The mood has changed. Next: Morning light")
    assert page.inner_text("#now-title") == first
    page.click("#switch")
    expect(page.locator("#now-title")).to_have_text(re.compile("^Morning light"))
    expect(page.locator("#why")).to_contain_text("Your expression is bright and energetic: “Morning light”")
    page.evaluate("window.track = document.getElementById('video').srcObject.getTracks()[0]")
    page.click("#camera-stop")
    expect(page.locator("#preview")).to_be_hidden()
    assert page.evaluate("window.track.readyState") == "ended"
    expect(page.locator("#mood-words")).to_have_text("Bright and energetic, by the camera")
    assert watch.errors == []


def test_a_mood_set_by_hand_wins_over_the_camera_until_it_may_follow_again(server, open_page):
    page, _ = open_page(f"{server.url}/music", videos.one_face())
    page.click("#camera-start")
    expect(page.locator("#mood-words")).to_have_text("Bright and energetic, by the camera")
    page.click("[data-expression=sad]")
    expect(page.locator("#mood-words")).to_have_text("Sad and calm, set by you")
    expect(page.locator("#camera-status")).to_have_text("You have set the mood yourself; the camera waits.")
    page.wait_for_timeout(2500)
    expect(page.locator("#mood-words")).to_have_text("Sad and calm, set by you")
    page.click("#camera-follow")
    expect(page.locator("#mood-words")).to_have_text("Bright and energetic, by the camera")


def test_the_mood_is_set_by_the_keyboard_alone(server, open_page):
    page, watch = open_page(f"{server.url}/music")
    point = page.get_by_role("button", name="Mood: balanced")
    point.focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("#mood-words")).to_have_text("Bright and calm, set by you")
    expect(page.locator("#now-title")).to_have_text(re.compile("^Still water"))
    unfold(page)
    page.locator("#tab-keys").focus()
    page.keyboard.press("n")  # nothing plays yet: nothing to skip
    page.locator("h1").evaluate("e => { e.tabIndex = -1; e.focus(); }")
    page.keyboard.press("Space")
    expect(page.locator("#now-phase")).to_have_text("Now playing")
    page.keyboard.press("l")
    expect(page.get_by_role("button", name="Like")).to_have_attribute("aria-pressed", "true")
    before = page.input_value("#volume")
    page.keyboard.press("ArrowDown")
    assert int(page.input_value("#volume")) == int(before) - 5
    page.keyboard.press("ArrowRight")
    expect(page.locator("#at")).to_have_text(re.compile(r"0:1\d"))
    assert watch.errors == []


HANDLERS = """window.keys = {};
const set = navigator.mediaSession.setActionHandler.bind(navigator.mediaSession);
navigator.mediaSession.setActionHandler = (name, act) => { keys[name] = act; set(name, act); };"""


def test_media_keys_pause_go_on_and_skip_and_the_lock_screen_knows_the_piece(server, open_page):
    page, _ = open_page(f"{server.url}/music")
    page.add_init_script(HANDLERS)
    page.reload()
    start(page)
    title = page.inner_text("#now-title")
    assert page.evaluate("navigator.mediaSession.metadata.title") == title
    assert page.evaluate("navigator.mediaSession.playbackState") == "playing"
    page.evaluate("keys.pause({action: 'pause'})")
    expect(page.locator("#now-phase")).to_have_text("Paused")
    page.evaluate("keys.play({action: 'play'})")
    expect(page.locator("#now-phase")).to_have_text("Now playing")
    page.evaluate("keys.nexttrack({action: 'nexttrack'})")
    expect(page.locator("#now-title")).not_to_have_text(title)


def test_a_tap_on_the_plane_sets_the_mood_and_policies_lead_elsewhere(server, open_page):
    page, _ = open_page(f"{server.url}/music")
    box = page.locator("#plane").bounding_box()
    page.mouse.click(box["x"] + 0.2 * box["width"], box["y"] + 0.25 * box["height"])
    expect(page.locator("#mood-words")).to_have_text("Tense and energetic, set by you")
    expect(page.locator("#now-title")).to_have_text(re.compile("^Storm front"))
    unfold(page)
    page.check("[name=policy][value=calm]")
    expect(page.locator("#why")).to_contain_text("and “Calm” begins there:")
    page.check("[name=policy][value=custom]")
    expect(page.get_by_role("button", name="Goal: bright")).to_be_visible()
    page.reload()
    assert page.is_checked("[name=policy][value=custom]")


def test_a_skip_is_followed_by_another_track_and_can_be_taken_back(server, open_page):
    page, watch = open_page(f"{server.url}/music")
    start(page)
    first = page.inner_text("#now-title")
    page.click("#skip")
    expect(page.locator("#now-title")).not_to_have_text(first)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#now-title")).to_have_text(first)
    expect(page.locator("#now")).to_have_attribute("data-phase", "playing")
    assert watch.errors == []


def names(page: Page) -> list[str]:
    return page.locator("#open-list ol .track-name strong").all_inner_texts()


def test_a_playlist_is_made_filled_ordered_moved_and_deleted_and_each_step_taken_back(server, open_page):
    page, watch = open_page(f"{server.url}/music")
    undo = page.get_by_role("button", name="Undo")
    unfold(page)
    page.fill("#new-name", "Evening")
    page.keyboard.press("Enter")
    field = page.get_by_label("Name of the playlist", exact=True)
    expect(field).to_have_value("Evening")
    page.get_by_label("A title to look for").fill("slow rain")
    for number in (1, 2, 3):
        page.get_by_role("button", name=f"Add Slow rain {number}").click()
        expect(page.locator("#open-list ol .track")).to_have_count(number)
    undo.click()
    expect(page.locator("#open-list ol .track")).to_have_count(2)
    page.get_by_role("button", name="Add Slow rain 3").click()
    expect(page.locator("#open-list ol .track")).to_have_count(3)

    page.get_by_role("button", name="Down: Slow rain 1").click()
    expect(page.locator("#open-list ol strong").first).to_have_text("Slow rain 2")
    page.get_by_role("button", name="Play: Slow rain 1").press("Alt+ArrowDown")
    expect(page.locator("#open-list ol strong").last).to_have_text("Slow rain 1")
    rows = page.locator("#open-list ol .track")
    rows.nth(2).drag_to(rows.nth(0), target_position={"x": 30, "y": 4})
    expect(page.locator("#open-list ol strong").first).to_have_text("Slow rain 1")
    assert names(page) == ["Slow rain 1", "Slow rain 2", "Slow rain 3"]

    page.get_by_role("button", name="Remove: Slow rain 2").click()
    expect(rows).to_have_count(2)
    undo.click()
    expect(rows).to_have_count(3)
    assert names(page) == ["Slow rain 1", "Slow rain 2", "Slow rain 3"]

    place = page.get_by_role("button", name=re.compile("^Place of this playlist"))
    expect(place).to_have_accessible_name("Place of this playlist: sad and calm")
    for _ in range(4):
        place.press("Shift+ArrowRight")
    expect(place).to_have_accessible_name("Place of this playlist: bright and calm")
    page.locator("#open-list .plane").drag_to(
        page.locator("#open-list .plane"),
        source_position={"x": 20, "y": 20},
        target_position={"x": 30, "y": 30},
    )
    expect(place).to_have_accessible_name("Place of this playlist: tense and energetic")
    page.wait_for_load_state(
        "networkidle"
    )  # until the server has the place, "Undo" is that of an older message
    undo.click()
    expect(place).to_have_accessible_name("Place of this playlist: bright and calm")

    field.fill("Night")
    field.press("Enter")
    expect(page.locator("#lists")).to_contain_text("Night")
    undo.click()
    expect(page.locator("#lists")).to_contain_text("Evening")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#lists")).not_to_contain_text("Evening")
    undo.click()
    expect(page.locator("#lists")).to_contain_text("Evening")
    assert watch.errors == []


def test_a_playlist_goes_out_as_a_file_and_comes_back(server, open_page, tmp_path):
    page, _ = open_page(f"{server.url}/music")
    unfold(page)
    for kind in ("XSPF", "JSON"):
        page.get_by_role("button", name=re.compile("^Night walk")).first.click()
        with page.expect_download() as download:
            page.get_by_role("link", name=kind, exact=True).click()
        path = tmp_path / f"out.{kind.lower()}"
        download.value.save_as(path)
        page.set_input_files("#import", path)
        expect(page.locator(".toast")).to_contain_text("Imported 3 tracks.")
        expect(page.get_by_label("Name of the playlist", exact=True)).to_have_value("Night walk")
        page.get_by_role("button", name="Undo").click()
        expect(page.locator("#open-list")).to_be_hidden()


def test_a_file_that_is_no_playlist_is_refused_in_words(server, open_page, tmp_path):
    page, _ = open_page(f"{server.url}/music")
    (tmp_path / "broken.xspf").write_text("<playlist")
    page.set_input_files("#import", tmp_path / "broken.xspf")
    expect(page.locator(".toast")).to_contain_text("XSPF")


def test_a_built_in_playlist_is_copied_to_be_changed(server, open_page):
    page, _ = open_page(f"{server.url}/music")
    unfold(page)
    page.get_by_role("button", name=re.compile("^Grey sky")).click()
    assert page.get_by_label("A title to look for").count() == 0 or page.locator(".adding").is_hidden()
    page.get_by_role("button", name="Duplicate to edit").click()
    expect(page.get_by_label("Name of the playlist", exact=True)).to_have_value("Grey sky, my copy")
    page.get_by_role("button", name="Remove: Grey sky 1").click()
    expect(page.locator("#open-list ol .track")).to_have_count(2)


@pytest.mark.parametrize(
    ("scheme", "size", "locale"),
    [("light", PHONE, "de-DE"), ("dark", DESKTOP, "en-GB"), ("dark", PHONE, "en-GB")],
)
def test_axe_finds_nothing_while_music_plays_and_a_playlist_is_open(server, open_page, scheme, size, locale):
    page, _ = open_page(f"{server.url}/music", color_scheme=scheme, viewport=size, locale=locale)
    start(page)
    page.click("[data-expression=happy]")
    unfold(page)
    page.locator("#lists button").first.click()
    page.locator("#open-list .track").first.wait_for()
    assert violations(page) == []
    for tab in ("folder", "privacy", "keys"):
        page.click(f"#tab-{tab}")
        page.wait_for_timeout(300)
        assert violations(page) == [], tab
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
