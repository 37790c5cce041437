"""Everybody on the picture counts, and the page's own tools: follow, pause, record, full screen, a phone's overlay."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import videos
from tests.support.browser.axe import violations
from tests.support.browser.chrome import DESKTOP, PHONE
from tests.support.browser.steps import start, wait_for_status

pytestmark = pytest.mark.browser


def saved(page: Page, selector: str) -> tuple[str, bytes]:
    """Clicks a button and returns the name and the content of the file that it saves."""
    with page.expect_download() as download:
        page.click(selector)
    return download.value.suggested_filename, download.value.path().read_bytes()


def followed(page: Page) -> str:
    """Returns the number of the followed face: the one that is not among the others."""
    other = page.locator("#others li").first.inner_text().split()[0]
    return {"1": "2", "2": "1"}[other]


def tap_other(page: Page) -> None:
    """Taps the face at the right, which is the smaller one: its portrait stands at 360 of 640, mirrored at the left."""
    box = page.locator("#overlay").bounding_box()
    page.mouse.click(box["x"] + (1 - 0.74) * box["width"], box["y"] + 0.33 * box["height"])


def test_a_tap_a_button_and_a_key_follow_a_face(server, open_page):
    page, watch = open_page(server.url, videos.two_faces())
    start(page, "several")
    assert followed(page) == "1"
    expect(page.locator("#status")).to_have_text("2 faces. Showing number 1; tap another to switch.")
    page.wait_for_timeout(1000)  # one taps a box that one sees, and the picture is a little late
    tap_other(page)
    expect(page.locator("#status")).to_contain_text("number 2")
    page.wait_for_timeout(1500)  # the server's own primary face is the larger one and would be back by now
    assert followed(page) == "2"
    page.keyboard.press("1")
    expect(page.locator("#status")).to_contain_text("number 1")
    page.locator("#others button").click()
    expect(page.locator("#status")).to_contain_text("number 2")
    page.click("#settings")
    page.uncheck("#shortcuts")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.wait_for_timeout(300)
    assert followed(page) == "2"
    assert violations(page) == []
    assert watch.errors == []


def test_every_face_is_in_the_session_with_its_number_and_a_change_of_focus_is_no_change(server, open_page):
    page, _ = open_page(server.url, videos.two_faces())
    start(page, "several")
    page.wait_for_timeout(1000)
    for _ in range(3):
        page.keyboard.press("2")
        page.wait_for_timeout(700)
        page.keyboard.press("1")
        page.wait_for_timeout(700)
    page.click("#stop")
    rows = list(csv.DictReader(io.StringIO(saved(page, "[data-part=csv]")[1].decode())))
    assert {row["face"] for row in rows} == {"1", "2"}
    moments = {row["seconds"] for row in rows}
    assert len(rows) >= 1.8 * len(moments)
    session = json.loads(saved(page, "[data-part=json]")[1])
    assert [one["face"] for one in session["faces"]] == [1, 2]
    assert session["summary"]["changes"] == 0
    assert all(one["seconds"] > 3 for one in session["faces"])


def test_pause_keeps_the_camera_and_the_picture(server, open_page):
    page, _ = open_page(server.url, videos.one_face())
    start(page)
    expect(page.locator("#label")).to_have_text("happy")
    page.click("#pause")
    wait_for_status(page, "held")
    picture = "document.getElementById('picture').toDataURL()"
    before = page.evaluate(picture)
    assert page.evaluate("document.getElementById('video').srcObject.getTracks()[0].readyState") == "live"
    page.wait_for_timeout(700)
    assert page.evaluate(picture) == before
    expect(page.locator("#label")).to_have_text("happy")
    assert page.get_attribute("#pause", "aria-label") == "Resume"
    page.keyboard.press("p")
    wait_for_status(page, "reading")
    page.wait_for_function(f"before => {picture} !== before", arg=before)


def test_a_recording_is_made_marked_looked_through_and_saved_here(server, open_page):
    page, watch = open_page(server.url, videos.one_face())
    start(page)
    expect(page.locator("#label")).to_have_text("happy")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.click("#record")
    expect(page.locator("#record")).to_contain_text("0:02")
    page.keyboard.press("m")
    page.wait_for_timeout(600)
    page.click("#mark")
    page.click("#record")
    dialog = page.locator("#review-dialog")
    expect(dialog.locator("[data-part=time]")).to_have_text(re.compile(r"0:00 / 0:0[2-9]"))
    expect(dialog.locator(".marks li")).to_have_count(2)
    dialog.locator(".marks button").nth(1).click()
    second = float(dialog.locator("[data-part=scrub]").input_value())
    assert second > 2
    page.wait_for_function(
        "at => { const v = document.querySelector('#review-dialog video'); return Math.abs(v.currentTime - at) < 0.1"
        " && v.videoWidth === 640; }",
        arg=second,
    )
    dialog.locator("[data-part=mark]").click()
    expect(dialog.locator(".marks li")).to_have_count(3)
    assert violations(page) == []
    name, video = saved(page, "#review-dialog [data-part=save-video]")
    assert re.fullmatch(r"countenance-.*\.(webm|mp4)", name)
    assert len(video) > 20_000
    rows = list(csv.DictReader(io.StringIO(saved(page, "#review-dialog [data-part=save-table]")[1].decode())))
    assert [row["mark"] for row in rows if row["mark"]] == ["1", "2", "3"]
    assert sum(row["label"] == "happy" for row in rows) >= 10
    seconds = [float(row["seconds"]) for row in rows]
    assert seconds == sorted(seconds)
    assert set(sent) <= {"GET"}
    dialog.locator("[data-part=delete]").click()
    expect(page.locator("#review")).to_be_hidden()
    page.click(".toast button:has-text('Undo')")
    expect(page.locator("#review")).to_be_visible()
    assert watch.errors == []


def test_the_bars_and_the_box_have_the_expression_s_colour(server, open_page):
    page, _ = open_page(server.url, videos.one_face())
    start(page)
    colours = page.locator(".bar-fill").evaluate_all(
        "fills => fills.map(fill => getComputedStyle(fill).backgroundColor)"
    )
    assert len(set(colours)) == 7


def upright() -> np.ndarray:
    """A face as a phone that is held upright sees it, 480 x 640."""
    return cv2.resize(videos.one_face()[:, 140:500], (480, 640))


def test_on_a_phone_label_and_three_bars_lie_on_the_picture(server, open_page):
    page, _ = open_page(server.url, upright(), viewport=PHONE, has_touch=True, is_mobile=True)
    start(page)
    expect(page.locator("#label")).to_have_text("happy")
    stage = page.locator("#stage").bounding_box()
    for selector in ("#label", "#leaders", "#confidence"):
        box = page.locator(selector).bounding_box()
        assert stage["y"] < box["y"]
        assert box["y"] + box["height"] <= stage["y"] + stage["height"] + 1, selector
    expect(page.locator("#leaders li")).to_have_count(3)
    assert page.locator("#leaders li").first.inner_text().startswith("happy")
    assert page.locator("#stop").bounding_box()["y"] < PHONE["height"]


def test_on_a_phone_a_wide_picture_has_its_bars_below_and_no_button_stands_alone(server, open_page):
    page, _ = open_page(server.url, videos.one_face(), viewport=PHONE, has_touch=True, is_mobile=True)
    start(page)
    expect(page.locator("#label")).to_have_text("happy")
    expect(page.locator("#leaders")).to_be_hidden()  # they would lie on the mouth
    bars = page.locator("#bars").bounding_box()
    assert bars["y"] + bars["height"] <= PHONE["height"]
    buttons = page.locator("#controls button:visible").all()
    rows = Counter(round(button.bounding_box()["y"]) for button in buttons)
    assert set(rows.values()) == {2}


def test_the_whole_screen_shows_the_picture_in_its_shape(server, open_page):
    page, _ = open_page(server.url, videos.one_face(), viewport=DESKTOP)
    start(page)
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement?.id === 'stage'")
    boxes = [page.locator(selector).bounding_box() for selector in ("#picture", "#overlay")]
    assert boxes[0] == boxes[1]
    assert boxes[0]["width"] / boxes[0]["height"] == pytest.approx(4 / 3, abs=0.02)
    page.click("#full-screen")
    page.wait_for_function("() => document.fullscreenElement === null")


def test_status_and_label_agree_when_a_face_comes_and_goes(server, open_page):
    frames = [*videos.jitter(videos.one_face()), *videos.jitter(videos.one_face())]
    frames += [*videos.jitter(videos.canvas()), *videos.jitter(videos.canvas())]
    page, _ = open_page(server.url, film=frames)
    start(page)
    page.evaluate(
        """() => {
          window.apart = 0;
          let since = null;
          const [status, reading] = ["status", "reading"].map(id => document.getElementById(id));
          const look = () => {
            const differs = (status.dataset.code === "no_face") !== (reading.dataset.state === "none");
            since = differs ? since ?? performance.now() : null;
            if (since !== null) apart = Math.max(apart, performance.now() - since);
            requestAnimationFrame(look);
          };
          look();
        }"""
    )
    page.wait_for_timeout(6000)
    assert page.evaluate("apart") < 50
