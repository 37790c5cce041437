"""Every page for everybody: WCAG 2.2 AA by axe, the keyboard alone, narrow and huge screens, a quiet live region."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import videos
from tests.support.browser.axe import violations
from tests.support.browser.chrome import DESKTOP, PHONE
from tests.support.browser.steps import start
from tests.support.servers import SHIPPED

pytestmark = pytest.mark.browser

# Every pair of scheme, size and language.
LOOKS = [
    {"color_scheme": "light", "viewport": DESKTOP, "locale": "en-GB"},
    {"color_scheme": "light", "viewport": PHONE, "locale": "de-DE"},
    {"color_scheme": "dark", "viewport": DESKTOP, "locale": "de-DE"},
    {"color_scheme": "dark", "viewport": PHONE, "locale": "en-GB"},
]
NARROW = {"width": 320, "height": 640}
HUGE = {"width": 3840, "height": 2160}
FOCUSABLE = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"


@pytest.fixture(scope="module")
def addresses(server, browsers) -> list[str]:
    """The pages in the navigation, so that a new one is tested without being named here, and an error."""
    with browsers.get().new_page() as page:
        page.goto(server.url)
        found = page.locator(".top nav a").evaluate_all("links => links.map(link => link.href)")
    assert len(found) >= 3
    return [*found, f"{server.url}/nowhere"]


def look_of(look: dict) -> str:
    return f"{look['color_scheme']}-{look['viewport']['width']}-{look['locale']}"


@pytest.mark.parametrize("look", LOOKS, ids=look_of)
def test_axe_finds_nothing_on_any_page(new_page, addresses, look):
    page = new_page(**look)
    for address in addresses:
        page.goto(address, wait_until="networkidle")
        assert page.locator("h1").count() == 1, address
        assert violations(page) == [], address


@pytest.mark.parametrize("look", [LOOKS[1], LOOKS[2]], ids=look_of)
def test_axe_finds_nothing_while_a_face_is_read(server, open_page, look):
    page, _ = open_page(server.url, videos.one_face(), **look)
    start(page)
    expect(page.locator("#reading")).to_have_attribute("data-state", "sure")
    assert violations(page) == []


def test_axe_would_find_something(new_page, server):
    page = new_page()
    page.goto(server.url)
    page.evaluate("document.getElementById('start').style.color = '#eee'")
    assert any(found.startswith("color-contrast") for found in violations(page))


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
@pytest.mark.parametrize("size", [NARROW, HUGE], ids=["320", "4K"])
def test_pages_fit_any_width_and_their_navigation_one_line(new_page, addresses, size, locale):
    page = new_page(viewport=size, locale=locale)
    for address in addresses:
        page.goto(address, wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], address
        tops = page.locator(".top nav a").evaluate_all(
            "links => links.map(a => a.getBoundingClientRect().top)"
        )
        assert len(set(tops)) == 1, address


def walk(page: Page) -> list[str]:
    """Presses Tab through the page; returns what had the focus, in order, and fails where one could not see it."""
    told = """() => {
      const at = document.activeElement;
      if (at === document.body) return null;
      const box = at.getBoundingClientRect(), style = getComputedStyle(at);
      const ring = [at, ...(at.labels ?? [])].some(e => parseFloat(getComputedStyle(e).outlineWidth) >= 2);
      const inside = box.right > 0 && box.left < innerWidth && box.bottom > 0 && box.top < innerHeight;
      return {id: at.dataset.walk ?? at.outerHTML.slice(0, 80), seen: ring && (inside || at.type === "file")};
    }"""
    found = []
    for _ in range(80):
        page.keyboard.press("Tab")
        at = page.evaluate(told)
        if at is None or at["id"] in found:
            break
        assert at["seen"], f"the focus cannot be seen on {at['id']}"
        found.append(at["id"])
    return found


def number_focusable(page: Page) -> list[str]:
    """Marks what the keyboard should reach, in the order of the document; returns the marks."""
    return page.evaluate(
        """selector => [...document.querySelectorAll(selector)]
          .filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && e.tabIndex >= 0)
          .filter(e => e.type !== "radio" || e.checked)
          .map((e, at) => e.dataset.walk = `${at} ${e.outerHTML.slice(0, 60)}`)""",
        FOCUSABLE,
    )


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_keyboard_reaches_everything_in_order_and_the_focus_shows(new_page, addresses, size):
    page = new_page(viewport=size)
    for address in addresses:
        page.goto(address, wait_until="networkidle")
        expected = number_focusable(page)
        assert walk(page) == expected, address


def test_the_first_tab_skips_to_the_content(new_page, addresses):
    page = new_page()
    for address in addresses:
        page.goto(address, wait_until="networkidle")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main, footer') !== null"), address


def test_less_motion_is_no_motion(new_page, addresses):
    page = new_page(reduced_motion="reduce")
    for address in addresses:
        page.goto(address, wait_until="networkidle")
        moving = page.evaluate(
            """[...document.querySelectorAll("*")].filter(e => {
              const {transitionDuration, animationName, animationDuration} = getComputedStyle(e);
              const lasts = text => text.split(", ").some(one => parseFloat(one) > 0.01);
              return lasts(transitionDuration) || (animationName !== "none" && lasts(animationDuration));
            }).map(e => e.outerHTML.slice(0, 80))"""
        )
        assert moving == [], address


def coming_and_going() -> list[np.ndarray]:
    """One second in which a face of wavering expression is there, not there, and there again, three times."""
    there, gone = list(videos.jitter(videos.doubtful_face())), list(videos.jitter(videos.canvas()))
    return [there[at] if at % 7 < 4 else gone[at] for at in range(20)]


def test_the_live_region_does_not_chatter(start_server, open_page):
    """While the bars change with every frame, what is read out stays rare: the screen reader's user can listen."""
    # The film wavers around the threshold on purpose: its expression settles in float32, in int8 not always.
    server = start_server(MODEL_DIR=str(SHIPPED), CLASSIFIER="onnx", PRECISION="float32")
    page, _ = open_page(server.url, film=coming_and_going())
    page.evaluate(
        """window.said = [], window.shown = 0;
        for (const region of document.querySelectorAll("[aria-live], [role=status], [role=alert]"))
          new MutationObserver(() => said.push(region.textContent))
            .observe(region, {childList: true, characterData: true, subtree: true});
        new MutationObserver(changes => shown += changes.length)
          .observe(document.getElementById("bars"), {attributeFilter: ["style"], subtree: true});"""
    )
    page.click("#start")
    expect(page.locator("#announcer")).not_to_be_empty()
    page.evaluate("said.length = shown = 0; window.began = performance.now()")
    page.wait_for_function("() => shown > 60 && performance.now() - began > 6000")
    said, seconds = page.evaluate("[said, (performance.now() - began) / 1000]")
    assert len(said) <= 1 + seconds / 2.5, said
