"""What the visitor sets is heard at once, can be taken back, and is given as the reason, in a real Chromium."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.axe import violations
from tests.support.browser.chrome import PHONE
from tests.support.browser.steps import unfold
from tests.support.waiting import wait_until

pytestmark = pytest.mark.browser

AT_ONCE_MS = 3000


def start(page: Page) -> None:
    page.click("#toggle")
    expect(page.locator("#now")).to_have_attribute("data-phase", "playing")


def test_a_pressed_expression_fades_over_at_once_and_can_be_taken_back(server, open_page):
    page, watch = open_page(f"{server.url}/music")
    start(page)
    first, mood = page.inner_text("#now-title"), page.inner_text("#mood-words")
    page.wait_for_timeout(2500)
    at = page.inner_text("#at")
    page.click("[data-expression=angry]")
    expect(page.locator("#now-title")).to_have_text(re.compile("^Storm front"), timeout=AT_ONCE_MS)
    expect(page.locator("#why")).to_contain_text("The mood that you chose is tense and energetic")
    expect(page.locator(".toast")).to_contain_text("Now: Storm front")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#now-title")).to_have_text(first, timeout=AT_ONCE_MS)
    expect(page.locator("#mood-words")).to_have_text(mood)
    assert page.inner_text("#at") >= at  # it goes on where it was
    assert watch.errors == []


def test_a_point_dropped_near_what_plays_leaves_it_alone(server, open_page):
    page, _ = open_page(f"{server.url}/music")
    start(page)
    first = page.inner_text("#now-title")
    page.get_by_role("button", name="Mood: balanced").press("ArrowRight")
    expect(page.locator("#mood-words")).to_have_text("Balanced, set by you")
    page.wait_for_timeout(AT_ONCE_MS)
    assert page.inner_text("#now-title") == first
    assert page.locator(".toast").count() == 0


def test_a_mood_set_by_hand_while_nothing_plays_starts_no_music(server, open_page):
    page, _ = open_page(f"{server.url}/music")
    page.click("[data-expression=happy]")
    expect(page.locator("#now-title")).to_have_text(re.compile("^Morning light"))
    expect(page.locator("#now-phase")).to_have_text("Ready to play")
    assert page.locator(".toast").count() == 0


@pytest.mark.parametrize("wait_ms", [0, 600], ids=["at_once", "while_the_server_chooses"])
def test_start_soon_after_an_expression_begins_with_what_fits_it(server, open_page, wait_ms):
    page, watch = open_page(f"{server.url}/music")
    expect(page.locator("#now-phase")).to_have_text("Ready to play")
    page.evaluate(
        """() => {
          window.titles = new Set();
          const now = document.getElementById("now");
          new MutationObserver(() => {
            if (now.dataset.phase === "playing") titles.add(document.getElementById("now-title").textContent);
          }).observe(now, { attributes: true, childList: true, subtree: true, characterData: true });
        }"""
    )
    page.route("**/music/next", lambda route: (time.sleep(1), route.continue_()))
    page.evaluate(
        """wait_ms => {
          const press = (selector) => document.querySelector(selector).click();
          press("[data-expression=angry]");
          if (wait_ms) setTimeout(press, wait_ms, "#toggle");
          else press("#toggle");
        }""",
        wait_ms,
    )
    expect(page.locator("#now")).to_have_attribute("data-phase", "playing")
    page.wait_for_timeout(AT_ONCE_MS)
    (title,) = page.evaluate("[...titles]")
    assert title.startswith("Storm front")
    assert page.locator(".toast").count() == 0
    assert watch.errors == []


def test_switching_back_and_forth_leaves_no_voice_behind_that_breaks(server, open_page):
    page, watch = open_page(f"{server.url}/music")
    start(page)
    for expression, title in (
        ("angry", "Storm front"),
        ("happy", "Morning light"),
        ("sad", "Slow rain|Grey"),
    ):
        page.wait_for_timeout(1500)
        page.click(f"[data-expression={expression}]")
        expect(page.locator("#now-title")).to_have_text(re.compile(title))
    page.click("#toggle")
    page.wait_for_timeout(9000)  # the voices' stops were still to come
    assert watch.errors == []


def test_the_tempo_and_mode_of_a_piece_are_shown_and_change_with_the_mood(server, open_page):
    page, _ = open_page(f"{server.url}/music")
    assert page.locator("#now-style").is_hidden()
    start(page)
    expect(page.locator("#now-style")).to_have_text("94 beats per minute, Dorian")
    point = page.get_by_role("button", name="Mood: balanced")
    for _ in range(2):
        point.press("ArrowUp")  # too little for another piece, enough for this one
    wait_until(lambda: int(page.inner_text("#now-style").split()[0]) >= 96, 15, "a quicker tempo")


def test_lift_leads_a_piece_towards_pleasant_while_it_plays(server, open_page):
    page, _ = open_page(f"{server.url}/music")
    page.click("[data-expression=sad]")
    unfold(page)
    page.check("[name=policy][value=lift]")
    start(page)
    first, title = page.inner_text("#now-style"), page.inner_text("#now-title")
    assert first.endswith("minor")
    wait_until(lambda: not page.inner_text("#now-style").endswith("minor"), 55, "a brighter mode")
    assert page.inner_text("#now-title") == title
    expect(page.locator("#upcoming-text")).to_be_visible()


def test_the_reason_is_the_true_one(server, open_page):
    page, _ = open_page(f"{server.url}/music")
    start(page)
    unfold(page)
    page.check("[name=policy][value=calm]")
    expect(page.locator("#upcoming-text")).to_have_text(
        re.compile("^You changed how the music follows. Next:")
    )
    page.get_by_role("button", name=re.compile("^Night walk")).first.click()
    page.get_by_role("button", name="Play this").click()
    expect(page.locator("#now-title")).to_have_text(re.compile("^Night walk"))
    expect(page.locator("#why")).to_have_text("You chose the playlist “Night walk” yourself.")
    page.check("[name=policy][value=custom]")
    goal = page.get_by_role("button", name=re.compile("^Goal:"))
    goal.press("Shift+ArrowUp")
    expect(page.locator("#upcoming-text")).to_have_text(re.compile("^You moved the goal. Next:"))


def test_what_is_ready_to_play_is_chosen_anew_when_its_playlist_is_deleted(server, open_page):
    page, _ = open_page(f"{server.url}/music")
    unfold(page)
    page.get_by_role("button", name=re.compile("^Slow rain")).click()
    page.get_by_role("button", name="Duplicate to edit").click()
    expect(page.get_by_label("Name of the playlist", exact=True)).to_have_value("Slow rain, my copy")
    # Press sad until the copy, which is as near as the original, is what comes next.
    sad = page.locator("[data-expression=sad]")
    for _ in range(30):
        sad.click()
        page.wait_for_timeout(500)
        if "my copy" in page.inner_text("#now-by"):
            break
    expect(page.locator("#now-by")).to_contain_text("my copy")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator("#now-by")).not_to_contain_text("my copy")
    page.get_by_role("button", name="Undo").click()


def test_how_the_camera_switches_is_chosen_and_kept(server, open_page):
    page, _ = open_page(f"{server.url}/music", viewport=PHONE)
    assert page.is_checked("[name=manner][value=gently]")
    unfold(page)
    page.get_by_role("radio", name="at the song's end").check()
    page.reload()
    assert page.is_checked("[name=manner][value=at_end]")
    unfold(page)
    assert violations(page) == []


def test_who_wants_a_goal_of_their_own_is_led_to_where_it_is_set(server, open_page):
    page, _ = open_page(f"{server.url}/music", viewport=PHONE)
    unfold(page)
    assert not page.get_by_text("Drag the diamond to your goal.").is_visible()
    page.check("[name=policy][value=custom]")
    page.get_by_role("button", name="Set the goal on the plane").click()
    goal = page.get_by_role("button", name=re.compile("^Goal:"))
    expect(goal).to_be_focused()
    expect(goal).to_be_in_viewport()
    expect(page.get_by_text("Drag the diamond to your goal.")).to_be_visible()
    page.check("[name=policy][value=match]")
    expect(page.get_by_role("button", name="Set the goal on the plane")).to_be_hidden()
    expect(page.get_by_text("Drag the diamond to your goal.")).to_be_hidden()
