"""What one can do on the live page: settings, session, files, why; who is who; a phone that is turned."""

from __future__ import annotations

import csv
import io
import json
import re

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import videos
from tests.support.browser.axe import violations
from tests.support.browser.chrome import PHONE
from tests.support.browser.steps import start, wait_for_status

pytestmark = pytest.mark.browser

HAPPY = (102, 209, 255)
"""BGR."""

LABELS = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]


def slide(page: Page, selector: str, value: float) -> None:
    page.locator(selector).evaluate(
        "(field, value) => { field.value = value; field.dispatchEvent(new Event('input', {bubbles: true})); }",
        value,
    )


def saved(page: Page, selector: str) -> tuple[str, bytes]:
    """Clicks a button and returns the name and the content of the file that it saves."""
    with page.expect_download() as download:
        page.click(selector)
    return download.value.suggested_filename, download.value.path().read_bytes()


def test_settings_hold_at_once_are_remembered_and_reset_with_a_way_back(server, open_page):
    page, watch = open_page(server.url, videos.one_face())
    start(page)
    expect(page.locator("#reading")).to_have_attribute("data-state", "sure")
    page.click("#settings")
    expect(page.locator("#min-confidence")).to_have_value("0.5")
    slide(page, "#min-confidence", 0.9)
    slide(page, "#smoothing", 0.1)
    assert page.locator(".setting:has(#min-confidence) output").inner_text() == "90 %"
    page.uncheck("#mirror")
    page.select_option("#detect-side", "256")
    page.reload()
    start(page)
    page.click("#settings")
    found = [page.input_value(field) for field in ("#min-confidence", "#smoothing", "#detect-side")]
    assert found == ["0.9", "0.1", "256"]
    expect(page.locator("#mirror")).not_to_be_checked()
    page.click("[data-reset]")
    expect(page.locator("#mirror")).to_be_checked()
    expect(page.locator("#min-confidence")).to_have_value("0.5")
    page.keyboard.press("Escape")
    page.click(".toast button:has-text('Undo')")
    page.click("#settings")
    expect(page.locator("#min-confidence")).to_have_value("0.9")
    assert watch.errors == []


def test_doubt_is_said_and_the_least_confidence_decides_where_it_begins(server, open_page):
    page, _ = open_page(server.url, film=videos.doubt_held_still())
    start(page)
    expect(page.locator("#reading")).to_have_attribute("data-state", "unsure")
    assert page.inner_text("#label").lower() == "unsure"
    assert page.inner_text("#confidence").startswith("Perhaps ")
    page.click("#settings")
    slide(page, "#min-confidence", 0.3)
    expect(page.locator("#reading")).to_have_attribute("data-state", "sure")
    slide(page, "#min-confidence", 0.9)
    expect(page.locator("#reading")).to_have_attribute("data-state", "unsure")


def test_a_lower_resolution_is_asked_of_the_camera_and_sent(server, open_page):
    page, _ = open_page("about:blank", videos.one_face())
    page.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = (wanted) => (window.wanted = wanted.video, ask(wanted));
        const encode = HTMLCanvasElement.prototype.toBlob;
        HTMLCanvasElement.prototype.toBlob = function (...a) { window.sent = this.width; encode.apply(this, a); };"""
    )
    page.goto(server.url)
    start(page)
    assert page.evaluate("[wanted.width.ideal, sent]") == [640, 640]
    page.click("#settings")
    page.select_option("#resolution", "320")
    page.wait_for_function("() => wanted.width.ideal === 320 && sent === 320")
    wait_for_status(page, "too_small")  # of 640 pixels her face had 93


def test_the_session_is_told_and_saved_as_it_was(server, open_page):
    page, watch = open_page(server.url, videos.one_face())
    start(page)
    expect(page.locator("#label")).to_have_text("happy")
    page.click("[data-part=as-lines]")
    expect(page.locator("#session .uplot canvas")).to_be_visible()
    expect(page.locator("[data-time=happy]")).to_have_text(re.compile("0:0[3-9]"))
    assert "most of the time happy" in page.get_attribute("[data-part=timeline]", "aria-label")
    page.click("#stop")
    name, content = saved(page, "[data-part=csv]")
    assert re.fullmatch(r"countenance-\d{4}-\d\d-\d\d-\d{6}\.csv", name)
    rows = list(csv.DictReader(io.StringIO(content.decode())))
    assert list(rows[0]) == ["seconds", "face", "state", "label", "confidence", *LABELS]
    read = [row for row in rows if row["label"] == "happy" and row["state"] == "sure"]
    assert len(read) >= 5
    assert all(sum(float(row[label]) for label in LABELS) == pytest.approx(1, abs=0.01) for row in read)
    seconds = [float(row["seconds"]) for row in rows]
    assert seconds == sorted(seconds)
    name, content = saved(page, "[data-part=json]")
    session = json.loads(content)
    assert (name[-5:], session["model"]) == (".json", "model2-ferplus-balanced-int8")
    assert session["summary"]["labels"]["happy"] == pytest.approx(session["summary"]["seconds"], rel=0.3)
    assert len(session["samples"]) == len(rows)
    assert watch.errors == []
    assert watch.hosts == {server.url.split("/")[2]}


def test_a_session_starts_over_and_can_be_had_back(server, open_page):
    page, _ = open_page(server.url, videos.one_face())
    start(page)
    expect(page.locator("[data-part=seconds]")).to_have_text(re.compile("0:0[2-9]"))
    page.click("#stop")
    page.click("[data-part=clear]")
    expect(page.locator("#session")).to_be_hidden()
    page.click(".toast button:has-text('Undo')")
    expect(page.locator("[data-part=seconds]")).to_have_text(re.compile("0:0[2-9]"))


def test_the_plotting_library_comes_only_when_there_is_something_to_plot(server, open_page):
    page, _ = open_page("about:blank", videos.one_face())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.url)
    page.wait_for_load_state("networkidle")
    assert not any("uplot" in url for url in asked)
    start(page)
    expect(page.locator("#session [data-part=ribbons]")).to_be_visible()
    assert not any("uplot" in url for url in asked)
    page.click("[data-part=as-lines]")
    expect(page.locator("#session .uplot canvas")).to_be_visible()
    assert sum("uPlot" in url for url in asked) == 2


def test_a_snapshot_is_the_picture_with_box_and_label_as_it_is_seen(server, open_page):
    page, _ = open_page(server.url, videos.one_face())
    start(page)
    expect(page.locator("#label")).to_have_text("happy")
    expect(page.locator("[data-part=seconds]")).to_have_text(re.compile("0:0[2-9]"))
    page.click("#snapshot")
    assert violations(page) == []
    name, content = saved(page, "#snapshot-dialog [data-part=save]")
    assert re.fullmatch(r"countenance-.*\.png", name)
    card = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert card.shape[0] > 600
    picture, below = card[:480], card[480:]
    assert picture.shape == (480, 640, 3)
    mirrored = videos.one_face()[:, ::-1]
    shifts = range(-videos.MOST_SHIFT, videos.MOST_SHIFT + 1)
    moved = [np.roll(mirrored, (dy, dx), axis=(0, 1)) for dy in shifts for dx in shifts]
    assert min(np.abs(picture[250:, :].astype(int) - frame[250:, :]).mean() for frame in moved) < 12
    rows, columns = np.nonzero(
        (np.abs(picture.astype(int) - HAPPY) < 25).all(axis=2)
    )  # the box is in the expression's colour
    assert len(rows) > 500
    assert columns.mean() / 640 == pytest.approx(0.55, abs=0.05)
    assert ((np.abs(below.astype(int) - HAPPY) < 25).all(axis=2)).sum() > 100  # and so is the ribbon
    page.keyboard.press("Escape")
    expect(page.locator("#snapshot-dialog")).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "snapshot"


def test_why_shows_where_in_the_face_and_any_label_can_be_asked(server, open_page):
    page, watch = open_page(server.url, videos.one_face())
    start(page)
    expect(page.locator("#label")).to_have_text("happy")
    page.click("#why")
    dialog = page.locator("#why-dialog")
    expect(dialog).to_have_attribute("data-state", "answer")
    expect(dialog.locator("[data-part=text]")).to_have_text("Red areas count most for “happy”.")
    expect(dialog.locator("[data-part=proof]")).to_have_text(
        re.compile(r"Without the red area: \d+ % → \d+ %")
    )
    warm = """canvas => {
      const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let count = 0, row = 0;
      for (let i = 0; i < data.length; i += 4)
        if (data[i] - data[i + 2] > 60) { count += 1; row += i / 4 / canvas.width; }
      return [count, row / count / canvas.height];
    }"""
    count, row = page.locator("#why-dialog canvas").evaluate(warm)
    assert count > 2000
    assert row > 0.5  # a smile is read from the mouth
    dialog.locator("select").select_option("sad")
    expect(dialog.locator("[data-part=text]")).to_contain_text("“sad”")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "why"
    assert watch.errors == []


def test_why_says_what_is_wrong(server, open_page):
    page, _ = open_page(server.url, videos.one_face())
    start(page)
    expect(page.locator("#why")).to_be_enabled()
    busy = json.dumps({"code": "server_busy", "detail": "busy", "retry_after_ms": 1})
    page.route(
        "**/api/v1/explain",
        lambda route: route.fulfill(status=503, body=busy, content_type="application/problem+json"),
    )
    page.click("#why")
    expect(page.locator("#why-dialog [data-part=text]")).to_have_text(
        "The server is busy. Try again in a moment."
    )
    page.unroute("**/api/v1/explain")
    page.route("**/api/v1/explain", lambda route: route.abort())
    page.locator("#why-dialog select").select_option("fear")
    expect(page.locator("#why-dialog [data-part=text]")).to_contain_text("cannot be reached")


def test_who_stays_keeps_the_number_and_who_returns_has_it_again(server, open_page):
    page, _ = open_page(server.url, film=videos.one_leaves_and_returns())
    start(page, "several")
    told = """() => { const one = document.querySelector("#others li");
      return one && [one.textContent.split(" ")[0], one.dataset.face]; }"""
    first = page.evaluate(told)
    assert first[0] == "2"
    for _ in range(2):
        page.wait_for_function("() => document.querySelectorAll('#others li').length === 0")
        wait_for_status(page, "reading")
        page.wait_for_function("() => document.querySelectorAll('#others li').length === 1")
        assert page.evaluate(told) == first  # also the server's number: it waits three seconds for a face
        expect(page.locator("#status")).to_contain_text("number 1")


def test_a_phone_that_is_turned_goes_on_in_its_new_shape(server, open_page):
    page, watch = open_page(server.url, videos.one_face(), viewport=PHONE, has_touch=True, is_mobile=True)
    start(page)
    ratio = "() => { const b = document.getElementById('stage').getBoundingClientRect(); return b.width / b.height; }"
    assert page.evaluate(ratio) == pytest.approx(4 / 3, abs=0.02)
    page.evaluate(
        "document.getElementById('video').srcObject.getTracks()[0].applyConstraints({width: 360, height: 480})"
    )
    page.wait_for_function(
        "() => document.getElementById('video').videoHeight > document.getElementById('video').videoWidth"
    )
    page.set_viewport_size({"width": 844, "height": 390})
    expect(page.locator("#label")).to_have_text("happy")
    wait_for_status(page, "reading")
    assert page.evaluate(ratio) == pytest.approx(3 / 4, abs=0.02)
    assert page.evaluate("document.documentElement.scrollWidth") <= 844
    assert watch.errors == []


@pytest.mark.parametrize(
    "look", [{"color_scheme": "light", "locale": "de-DE"}, {"color_scheme": "dark"}], ids=["light", "dark"]
)
def test_axe_finds_nothing_in_the_drawer(server, open_page, look):
    page, _ = open_page(server.url, videos.one_face(), viewport={"width": 320, "height": 640}, **look)
    start(page)
    page.click("#settings")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
