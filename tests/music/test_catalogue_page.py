"""Playlists and pasted links on the page, in a real Chromium: other sites' players, answers to what is pasted, tabs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.axe import violations
from tests.support.browser.chrome import PHONE
from tests.support.browser.steps import unfold
from tests.support.servers import SHIPPED, Server, while_alive

pytestmark = pytest.mark.browser

SOUNDCLOUD = "https://soundcloud.com/some-one/a-song"
YOUTUBE = "https://youtu.be/dQw4w9WgXcQ"
SPOTIFY = "https://open.spotify.com/playlist/37i9dQZF1DXdPec7aLTmlC"

WIDGET = """<p>player</p><script>
addEventListener("message", ({data}) => {
  const {method, value} = JSON.parse(data);
  if (method === "addEventListener" && value === "ready") parent.postMessage('{"method": "ready"}', "*");
});
window.say = method => parent.postMessage(JSON.stringify({method}), "*");
</script>"""


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server]) -> Iterator[Server]:
    """Each visitor has their own playlists, so each test begins with none."""
    yield from while_alive(start_server(MODEL_DIR=str(SHIPPED), MUSIC_EDITS="own", WEB_FETCH="off"))


@pytest.fixture
def open_music(server, open_page):
    def open_it(**options) -> tuple[Page, object]:
        page, watch = open_page(f"{server.url}/music", **options)
        page.context.route("https://**/*", lambda route: route.fulfill(body=WIDGET, content_type="text/html"))
        expect(page.locator("#lists")).to_contain_text("Plain day")
        unfold(page)
        return page, watch

    return open_it


def create(page: Page, name: str) -> None:
    page.fill("#new-name", name)
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_label("Name of the playlist", exact=True)).to_have_value(name)


def paste(page: Page, text: str) -> None:
    page.get_by_label("A title to look for").fill(text)
    page.get_by_role("button", name="Add", exact=True).click()


def rows(page: Page):
    return page.locator("#open-list ol .track")


def play_pasted(page: Page, address: str) -> None:
    create(page, "Mine")
    paste(page, address)
    expect(rows(page)).to_have_count(1)
    rows(page).get_by_role("button", name=re.compile("^Play: ")).click()
    expect(page.frame_locator("#embed iframe").locator("p")).to_have_text("player")


def widget_says(page: Page, method: str) -> None:
    page.frame(url=re.compile("w.soundcloud.com")).evaluate("method => window.say(method)", method)


def test_now_playing_is_said_only_while_another_sites_player_plays(open_music):
    page, watch = open_music()
    play_pasted(page, SOUNDCLOUD)
    phase = page.locator("#now-phase")
    expect(phase).to_have_text("Press play in SoundCloud's player")
    for nothing in ("#toggle", "#volume-row", "#seek-row"):  # what would do nothing is not there
        expect(page.locator(nothing)).to_be_hidden()
    widget_says(page, "play")
    expect(phase).to_have_text("Now playing")
    widget_says(page, "pause")
    expect(phase).to_have_text("Paused in SoundCloud's player")
    link = page.get_by_role("link", name="Open at SoundCloud")
    expect(link).to_have_attribute("href", SOUNDCLOUD)
    assert "noopener" in link.get_attribute("rel")
    assert violations(page) == []
    widget_says(page, "finish")  # the only track here, so it begins anew in a fresh frame
    expect(phase).to_have_text("Press play in SoundCloud's player")
    assert watch.errors == []


def test_another_sites_player_ends_when_the_mood_has_moved_and_the_visitor_agrees(open_music):
    page, _ = open_music()
    play_pasted(page, SOUNDCLOUD)
    create(page, "Other")
    page.get_by_label("A title to look for").fill("slow rain 1")
    page.get_by_role("button", name="Add Slow rain 1").click()
    expect(rows(page)).to_have_count(1)
    paste(page, YOUTUBE)
    expect(rows(page)).to_have_count(2)
    page.click("[data-expression=sad]")
    ask = page.locator("#upcoming-text")
    expect(ask).to_have_text(re.compile("^The mood has changed. Leave SoundCloud for .*, from Other"))
    expect(page.locator("#upcoming")).to_have_attribute("data-ask", "")
    expect(page.locator("#embed iframe")).to_have_attribute("src", re.compile("soundcloud"))
    page.click("#switch")
    expect(page.locator("#embed iframe")).to_have_attribute("src", re.compile("youtube"))


def test_a_browser_that_is_offline_is_told_so_and_offered_the_link(open_music):
    page, _ = open_music()
    play_pasted(page, SOUNDCLOUD)
    page.context.set_offline(True)
    expect(page.locator("#embed .notice")).to_have_text(
        "This browser is offline, so SoundCloud's player cannot be shown."
    )
    expect(page.locator("#embed iframe")).to_be_hidden()
    expect(page.get_by_role("link", name="Open at SoundCloud")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#embed iframe")).to_be_visible()
    expect(page.locator("#embed .notice")).to_be_hidden()


def test_the_same_video_is_added_once_and_its_missing_title_is_said(open_music):
    page, watch = open_music()
    create(page, "Mine")
    paste(page, YOUTUBE)
    toast = page.locator(".toast p")
    expect(toast).to_have_text(
        "Added to “Mine”. YouTube did not tell its title; paste it again later to ask once more."
    )
    for again in ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", YOUTUBE):
        with page.expect_response("**/api/v1/tracks"):
            paste(page, again)
        expect(page.get_by_label("A title to look for")).to_have_value("")
        expect(page.get_by_role("button", name="Add", exact=True)).to_be_enabled()
        expect(toast).to_have_text("“YouTube video (dQw4w9)” is in this playlist already.")
        expect(rows(page)).to_have_count(1)
    paste(page, SPOTIFY)
    expect(rows(page).nth(1).locator("strong")).to_have_text("Spotify playlist (37i9dQ)")
    rows(page).nth(1).get_by_role("button", name=re.compile("^Play: ")).click()
    title = page.locator("#now-title")
    expect(title).to_have_text("Spotify playlist (37i9dQ)")
    lines = "e => e.getBoundingClientRect().height / parseFloat(getComputedStyle(e).lineHeight)"
    assert title.evaluate(lines) < 1.5
    assert watch.errors == []


def test_words_that_are_no_address_get_one_answer(open_music):
    page, _ = open_music()
    create(page, "Mine")
    paste(page, "some song nobody has")
    answers = page.locator(".adding ul li")
    expect(answers).to_have_text(
        [
            "No track has “some song nobody has” in its title, artist or album. To add something new, paste its "
            "address, https://…"
        ]
    )
    expect(page.locator(".toast")).to_have_count(0)
    paste(page, "slow rain")
    expect(answers.first).to_have_text("Choose one of these, or paste an address.")
    page.wait_for_timeout(600)  # the search while one types answers too, and later
    expect(answers.first).to_have_text("Choose one of these, or paste an address.")
    expect(answers).to_have_count(4)


LONG = "a-title-that-goes-on-and-on-as-titles-of-videos-do-with-every-word-one-might-search-for-official-hd-remastered"


@pytest.mark.parametrize("size", [{"width": 1440, "height": 900}, PHONE])
def test_a_long_title_leaves_the_buttons_together_and_nothing_hangs_out(open_music, size):
    page, _ = open_music(viewport=size)
    create(page, "Mine")
    paste(page, f"https://soundcloud.com/some-one/{LONG}")
    expect(rows(page)).to_have_count(1)
    row = rows(page).first
    expect(row.locator("strong")).to_have_text(LONG.replace("-", " ")[:59].capitalize() + "…")
    tops = row.locator(".track-acts button").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect().top)"
    )
    assert max(tops) - min(tops) < 1
    if size["width"] > 1000:
        assert row.bounding_box()["height"] < 70
        play = row.get_by_role("button", name=re.compile("^Play: ")).bounding_box()
        assert abs(play["y"] - tops[0]) < 6
    card = page.locator("#open-list").bounding_box()
    field = page.get_by_label("Name of the playlist", exact=True).bounding_box()
    adder = page.get_by_label("A title to look for").bounding_box()
    assert field["x"] >= card["x"]
    assert abs(field["x"] - adder["x"]) < 1
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_one_tab_plays_and_a_second_one_may_take_over(server, open_music):
    first, _ = open_music()
    first.click("#toggle")
    expect(first.locator("#now")).to_have_attribute("data-phase", "playing")
    second = first.context.new_page()
    second.goto(f"{server.url}/music")
    expect(second.locator("#now-phase")).to_have_text("Ready to play")
    second.click("#toggle")
    expect(second.locator("#elsewhere")).to_contain_text("Music plays in another tab.")
    expect(second.locator("#now")).to_have_attribute("data-phase", "idle")
    assert violations(second) == []
    second.get_by_role("button", name="Play here instead").click()
    expect(second.locator("#now")).to_have_attribute("data-phase", "playing")
    expect(second.locator("#elsewhere")).to_be_hidden()
    expect(first.locator("#now")).to_have_attribute("data-phase", "paused")
    expect(first.locator("#elsewhere")).to_be_visible()


def test_a_playlist_that_one_tab_makes_is_in_the_other_without_a_reload(server, open_music):
    first, _ = open_music()
    second = first.context.new_page()
    second.goto(f"{server.url}/music")
    expect(second.locator("#lists")).to_contain_text("Plain day")
    create(first, "Evening")
    expect(second.locator("#lists")).to_contain_text("Evening")
    first.get_by_role("button", name="Delete", exact=True).click()
    expect(second.locator("#lists")).not_to_contain_text("Evening")


def test_a_deleted_playlist_is_no_longer_ready_to_play(open_music):
    page, _ = open_music()
    create(page, "Mine")
    paste(page, YOUTUBE)
    expect(rows(page)).to_have_count(1)
    page.click("[data-expression=happy]")
    expect(page.locator("#now-by")).to_have_text("YouTube · Mine")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#now-title")).to_have_text(re.compile("^Morning light"))
