"""Ways in without a camera: the loop of the first page, the sample video and the sample photos, in a real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.browser import videos
from tests.support.browser.axe import violations
from tests.support.browser.chrome import PHONE
from tests.support.browser.steps import start, wait_for_status

pytestmark = pytest.mark.browser

COUNT_QUESTIONS = """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.asked = 0;
navigator.mediaDevices.getUserMedia = (wanted) => ((asked += 1), ask(wanted));"""
MOST_LOOP_BYTES = 40_000
SMALL_PHONE = {"width": 320, "height": 568}


def test_the_sample_video_is_read_by_the_server_and_no_camera_is_asked_for(server, open_page):
    page, watch = open_page("about:blank")
    page.add_init_script(COUNT_QUESTIONS)
    page.goto(server.url)
    page.click("#try-video")
    wait_for_status(page, "reading")
    for label in ("happy", "neutral"):
        expect(page.locator("#label")).to_have_text(label)
    assert page.evaluate("asked") == 0
    expect(page.locator("#on-air")).to_be_hidden()
    expect(page.locator("#sample-mark")).to_contain_text("London Set, CC BY 4.0")
    assert not page.evaluate("document.getElementById('stage').classList.contains('mirrored')")
    assert violations(page) == []
    page.get_by_role("button", name="Stop the sample video").click()
    wait_for_status(page, "idle")
    assert page.evaluate("document.getElementById('video').getAttribute('src')") is None
    assert watch.errors == []
    assert watch.hosts - {"blank"} == {server.url.split("/")[2]}


def test_from_the_sample_to_the_own_camera_the_session_starts_over(server, open_page):
    page, watch = open_page(server.url, videos.one_face())
    page.click("#try-video")
    expect(page.locator("#session [data-time=neutral]")).not_to_have_text("0:00")
    page.get_by_role("button", name="Use my camera").click()
    expect(page.locator("#on-air")).to_be_visible()
    expect(page.locator("#label")).to_have_text("happy")
    expect(page.locator("#session [data-time=neutral]")).to_have_text("0:00")
    expect(page.locator("#sample-mark")).to_be_hidden()
    expect(page.locator("#use-camera")).to_be_hidden()
    assert watch.errors == []


@pytest.mark.parametrize(("frame", "code"), [(videos.one_face, "denied"), (None, "missing")])
def test_without_a_camera_the_reason_and_both_ways_are_seen_on_a_small_phone(server, open_page, frame, code):
    page, _ = open_page(server.url, frame and frame(), allow=False, viewport=SMALL_PHONE)
    page.click("#start")
    wait_for_status(page, code)
    page.evaluate("scrollTo(0, 0)")
    status = page.locator("#status").bounding_box()
    assert status["y"] + status["height"] < SMALL_PHONE["height"]
    expect(page.get_by_role("button", name="Try it with a sample video")).to_be_visible()
    expect(page.get_by_role("link", name="Try it with a photo")).to_be_visible()


def test_a_photo_can_be_tried_with_its_licence_beside_it(server, open_page):
    page, watch = open_page(server.url)
    page.get_by_role("link", name="Try it with a photo").click()
    expect(page.locator(".photo[data-state=done]")).to_have_count(4)
    expect(page.get_by_role("link", name="London Set, CC BY 4.0")).to_be_visible()
    page.get_by_role("link", name="London Set, CC BY 4.0").click()
    expect(page.locator("#pictures")).to_be_in_viewport()
    assert watch.errors == []


def test_the_loop_is_small_comes_after_the_first_paint_and_can_be_paused(server, open_page):
    page, watch = open_page("about:blank")
    sizes = {}
    page.on("response", lambda it: sizes.update({it.url: int(it.headers.get("content-length", 0))}))
    page.goto(server.url)
    pause = page.get_by_role("button", name="Pause the picture")
    expect(pause).to_be_visible()
    samples = {url.rpartition("/")[2]: size for url, size in sizes.items() if "/samples/" in url}
    assert set(samples) == {"loop.webp", "loop.json", "loop.webm"}
    assert sum(samples.values()) < MOST_LOOP_BYTES
    painted, began = page.evaluate(
        """[performance.getEntriesByName("first-contentful-paint")[0].startTime,
        Math.min(...performance.getEntriesByType("resource").filter(one => one.name.includes("/samples/"))
          .map(one => one.startTime))]"""
    )
    assert painted < began
    seen = {
        page.wait_for_selector(f"#preview[data-label={label}]").is_visible() for label in ("happy", "neutral")
    }
    assert seen == {True}
    pause.click()
    assert page.evaluate("document.querySelector('#preview video').paused")
    expect(page.get_by_role("button", name="Play the picture")).to_be_visible()
    assert watch.errors == []


def test_with_less_motion_the_picture_is_still(server, open_page):
    page, _ = open_page(server.url, reduced_motion="reduce")
    expect(page.locator("#preview")).to_be_visible()
    expect(page.locator("#preview [data-part=label]")).to_contain_text("happy")
    assert page.evaluate("document.querySelector('#preview video').getAttribute('src')") is None
    expect(page.locator("[data-part=pause]")).to_be_hidden()


def test_the_loop_rests_while_the_camera_runs(server, open_page):
    page, _ = open_page(server.url, videos.one_face())
    expect(page.get_by_role("button", name="Pause the picture")).to_be_visible()
    start(page)
    page.wait_for_function("() => document.querySelector('#preview video').paused")


@pytest.mark.parametrize("size", [SMALL_PHONE, PHONE])
def test_the_ways_stand_beside_what_else_is_here(server, open_page, size):
    page, _ = open_page(server.url, viewport=size)
    names = page.get_by_role("navigation", name="What else is here").get_by_role("link").all_inner_texts()
    assert [name.split()[0] for name in names] == ["Photos", "Music", "Model"]
    assert all(len(name.split()) == 4 for name in names)  # a name, and three words
