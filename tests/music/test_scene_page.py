"""What a visitor of the music page sees: the plane first, the player joined to it, the rest folded away."""

from __future__ import annotations

import json
import re

import cv2
import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.axe import violations
from tests.support.browser.chrome import DESKTOP, PHONE
from tests.support.browser.steps import unfold
from tests.support.waiting import wait_until

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_plane_is_in_the_middle_and_the_player_joined_to_it_on_the_first_screen(server, open_page, size):
    page, _ = open_page(f"{server.url}/music", viewport=size)
    expect(page.locator("#now-phase")).to_have_text("Ready to play")
    plane = page.locator("#plane").bounding_box()
    assert abs(plane["x"] + plane["width"] / 2 - size["width"] / 2) <= 8
    assert plane["width"] >= min(0.85 * size["width"], 800)
    assert plane["height"] >= 0.33 * size["height"]
    title = page.locator("#now-title").bounding_box()
    assert plane["y"] + plane["height"] < title["y"]
    for button in ("#like", "#toggle", "#skip", "#camera-start"):
        box = page.locator(button).bounding_box()
        assert box["y"] + box["height"] <= size["height"], button
    assert page.locator(".listening #volume").count() == 1


def test_what_is_seldom_wanted_is_under_two_closed_folds(server, open_page):
    page, _ = open_page(f"{server.url}/music")
    folds = page.locator(".music > .fold > summary")
    assert [re.sub(r"\s+", " ", text).strip() for text in folds.all_inner_texts()] == [
        "How the music follows Match",
        "Your music Playlists, music folder, what is kept, keys",
    ]
    for hidden in ("[name=policy]", "[name=manner]", "#lists", "#tabs"):
        assert not page.locator(hidden).first.is_visible(), hidden
    unfold(page)
    page.check("[name=policy][value=lift]")
    expect(page.locator("#policy-chosen")).to_have_text("Lift")
    expect(page.locator("#lists")).to_be_visible()
    page.reload()
    expect(page.locator("#policy-chosen")).to_have_text("Lift")


def axes(page: Page) -> list[str]:
    return page.locator("#plane .axis-word").all_inner_texts()


def test_the_words_are_those_of_the_live_page(server, open_page):
    page, _ = open_page(f"{server.url}/music")
    assert axes(page) == ["energetic", "calm", "sad, tense", "bright"]
    expect(page.locator("#camera-consent")).to_contain_text(
        "Frames from your camera are sent to this server, read and thrown away. Nothing is stored."
    )
    unfold(page)
    policies = [re.sub(r"\s+", " ", text) for text in page.locator(".policy").all_inner_texts()]
    assert policies[:2] == [
        "Match Music that fits your expression.",
        "Lift Starts with your mood and gets a little brighter with every song.",
    ]
    german, _ = open_page(f"{server.url}/music", locale="de-DE")
    assert axes(german) == ["lebhaft", "ruhig", "traurig, nervös", "heiter"]


def glow(page: Page) -> tuple[str, str]:
    return tuple(
        page.evaluate("name => document.documentElement.style.getPropertyValue(name)", f"--glow-{side}")
        for side in ("right", "up")
    )


def ink(page: Page) -> int:
    """Returns how many pixels of the spectrum are drawn."""
    return page.evaluate(
        """() => {
          const canvas = document.getElementById("spectrum");
          if (canvas.hidden || !canvas.width) return 0;
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return data.filter((value, at) => at % 4 === 3 && value > 0).length;
        }"""
    )


def start(page: Page) -> None:
    page.click("#toggle")
    expect(page.locator("#now")).to_have_attribute("data-phase", "playing")


def test_the_page_glows_in_the_colour_of_the_place_and_shows_the_sound_that_plays(server, open_page):
    page, watch = open_page(f"{server.url}/music")
    expect(page.locator("#now-phase")).to_have_text("Ready to play")
    assert glow(page) == ("50%", "50%")
    assert ink(page) == 0
    page.click("[data-expression=happy]")
    wait_until(lambda: glow(page) == ("90%", "75%"), what="the colour of happy")
    start(page)
    wait_until(lambda: ink(page) > 500, what="bars")
    page.click("#toggle")
    expect(page.locator("#spectrum")).to_be_hidden()
    assert watch.errors == []


def test_nothing_moves_where_motion_is_unwelcome(server, open_page):
    page, _ = open_page(f"{server.url}/music", reduced_motion="reduce")
    start(page)
    page.wait_for_timeout(1000)
    assert page.locator("#spectrum").is_hidden()
    durations = page.evaluate("getComputedStyle(document.documentElement).transitionDuration")
    assert set(durations.split(", ")) == {"0s"}


def test_a_title_for_the_moment_stands_above_the_track(server, open_page):
    page, _ = open_page(f"{server.url}/music")
    moment = page.locator("#moment")
    expect(moment).to_have_text(re.compile(r"^[A-Z][a-z]+day, \d\d:\d\d$"))
    page.click("[data-expression=sad]")
    expect(moment).to_have_text(re.compile(r"day, \d\d:\d\d, sad and calm$"))
    assert moment.bounding_box()["y"] < page.locator("#now-title").bounding_box()["y"]
    assert page.locator("#session-open").is_hidden()


@pytest.mark.parametrize(("scheme", "size"), [("light", PHONE), ("dark", DESKTOP)])
def test_a_session_shows_the_mood_before_and_after_and_is_saved_as_a_picture(
    server, open_page, tmp_path, scheme, size
):
    page, watch = open_page(f"{server.url}/music", color_scheme=scheme, viewport=size)
    page.click("[data-expression=sad]")
    start(page)
    page.wait_for_timeout(10_500)
    page.click("[data-expression=happy]")
    page.click("#session-open")
    dialog = page.locator("#session-dialog")
    expect(dialog).to_contain_text("Too early to say")
    dialog.get_by_role("button", name="Close").click()
    page.wait_for_timeout(11_000)
    page.click("#session-open")
    expect(dialog).to_contain_text("Did it help?")
    expect(dialog).to_contain_text("Brighter than at the start.")
    assert violations(page) == []
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Save").click()
    download.value.save_as(tmp_path / "card.png")
    assert cv2.imread(str(tmp_path / "card.png")).shape == (1080, 1080, 3)
    assert page.evaluate("JSON.parse(localStorage['countenance.music']).sessions") == []  # the journal is off
    assert watch.errors == []


def test_with_the_journal_the_mood_before_and_after_is_exported_and_deleted(server, open_page, tmp_path):
    page, watch = open_page(f"{server.url}/music")
    unfold(page)
    page.click("#tab-privacy")
    page.get_by_label("Keep a journal").check()
    page.click("[data-expression=sad]")
    start(page)  # at once: nothing but what is sad may begin
    page.wait_for_timeout(1500)
    assert page.locator(".toast").count() == 0
    page.reload()
    unfold(page)
    page.click("#tab-privacy")
    expect(page.locator("#journal-sessions")).to_have_text(
        "Mood before and after 1 session, kept in this browser alone."
    )
    with page.expect_download() as download:
        page.click("#journal-export")
    download.value.save_as(tmp_path / "journal.json")
    (session,) = json.loads((tmp_path / "journal.json").read_text())["sessions"]
    assert session["before"] == session["after"]
    assert session["before"]["valence"] < -0.5
    assert session["songs"] == 1
    page.get_by_role("button", name="Delete all of it").click()
    expect(page.locator("#journal-sessions")).to_be_hidden()
    assert page.evaluate("JSON.parse(localStorage['countenance.music']).sessions") == []
    assert watch.errors == []
