"""The live page in a real Chromium: camera, socket, detector, model, label."""

from __future__ import annotations

import re
import signal

import pytest
from playwright.sync_api import Page, expect

from tests.support.artifacts import edit_card, make_artifact
from tests.support.browser import videos
from tests.support.browser.chrome import PHONE
from tests.support.browser.steps import start, wait_for_status
from tests.support.waiting import wait_until

pytestmark = pytest.mark.browser


def bars(page: Page) -> dict[str, tuple[float, float]]:
    """Returns per label the probability as it is written and as its bar is drawn, 0..1, read at one moment."""
    rows = page.locator(".bar").evaluate_all(
        """rows => rows.map(row => {
          const [fill, track] = [".bar-fill", ".bar-track"].map(q => row.querySelector(q).getBoundingClientRect());
          return [row.dataset.label, parseFloat(row.lastElementChild.textContent) / 100, fill.width / track.width];
        })"""
    )
    return {label: (written, drawn) for label, written, drawn in rows}


def test_a_smiling_face_is_read_as_happy(server, open_page):
    page, watch = open_page(server.url, videos.one_face())
    start(page)
    expect(page.locator("#label")).to_have_text("happy")
    assert re.fullmatch(r"(Very l|L)ikely, \d+ %", page.inner_text("#confidence"))
    expect(page.locator("#fps")).to_have_text(re.compile(r"\d+"))
    expect(page.locator("#round-trip")).to_have_text(re.compile(r"\d+ ms"))
    found = bars(page)
    assert list(found) == ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
    assert sum(written for written, _ in found.values()) == pytest.approx(1, abs=0.04)  # seven roundings
    assert max(found, key=found.get) == "happy"
    for written, drawn in found.values():
        assert drawn == pytest.approx(written, abs=0.01)
    assert watch.errors == []
    assert watch.hosts == {server.url.split("/")[2]}


def boxed_pixels(page: Page, *, beyond: float) -> tuple[float, float]:
    """Returns the centre of what is drawn on the overlay, as shares of its size.

    Waits until it lies right of `beyond` (left of it, if negative): frames come at their own pace.
    """
    script = """beyond => {
      const c = document.getElementById("overlay");
      const {data, width, height} = c.getContext("2d").getImageData(0, 0, c.width, c.height);
      let [x0, x1, y0, y1] = [width, 0, height, 0];
      for (let i = 3, p = 0; i < data.length; i += 4, p++) if (data[i] > 128) {
        const x = p % width, y = Math.floor(p / width);
        x0 = Math.min(x0, x); x1 = Math.max(x1, x); y0 = Math.min(y0, y); y1 = Math.max(y1, y);
      }
      const x = (x0 + x1) / 2 / width;
      return (beyond > 0 ? x > beyond : x < -beyond) && [x, (y0 + y1) / 2 / height];
    }"""
    return tuple(page.wait_for_function(script, arg=beyond).json_value())


def test_the_box_follows_the_mirror(server, open_page):
    page, _ = open_page(server.url, videos.one_face())
    start(page)
    # Her face is at 44 % of the portrait's width, which stands at 90..550 of 640 pixels: 0.45; mirrored 0.55.
    assert boxed_pixels(page, beyond=0.5) == pytest.approx((0.55, 0.23), abs=0.08)
    page.click("#settings")
    page.uncheck("#mirror")
    assert boxed_pixels(page, beyond=-0.5) == pytest.approx((0.45, 0.23), abs=0.08)


def test_the_sensitivity_is_sent_holds_and_is_remembered(server, open_page):
    page, watch = open_page(server.url, videos.one_face())
    received = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda data: received.append(str(data))))
    start(page)
    page.click("#settings")
    slider = page.locator("#strength")
    output = page.locator("label", has=slider).locator("output")
    expect(output).to_contain_text(re.compile("reserved|in between|sensitive"))
    slider.fill("1")
    expect(output).to_have_text("sensitive, 1.0")
    page.wait_for_function("localStorage['countenance.live'].includes('\"strength\":1')")
    wait_until(lambda: page.wait_for_timeout(50) or any('"strength":1}' in one for one in received))
    page.reload()
    page.click("#start")
    wait_for_status(page, "reading")
    page.click("#settings")
    expect(output).to_have_text("sensitive, 1.0")
    page.click("[data-reset]")
    expect(output).not_to_have_text("sensitive, 1.0")
    assert watch.errors == []


def test_no_face_says_what_to_do(server, open_page):
    page, watch = open_page(server.url, videos.canvas())
    start(page, "no_face")
    expect(page.locator("#status")).to_contain_text("Look at the camera")
    assert page.get_attribute("#reading", "data-state") == "none"
    assert watch.errors == []


def test_two_faces_are_counted_and_the_largest_is_read(server, open_page):
    page, _ = open_page(server.url, videos.two_faces())
    start(page, "several")
    expect(page.locator("#status")).to_contain_text("2 faces. Showing number")


def test_a_dark_room_is_said(server, open_page):
    page, _ = open_page(server.url, videos.dark_face())
    start(page, "too_dark")


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_page_goes_on_by_itself_after_the_server_was_gone(server, open_page, end):
    """Ends the server that all tests share: it comes back on the same port, with the same database."""
    page, _ = open_page(server.url, videos.one_face())
    start(page)
    try:
        server.stop(end)
        wait_for_status(page, "disconnected")
        expect(page.locator("#status")).to_contain_text("Reconnecting")
    finally:
        if not server.alive():
            server.start()
    wait_for_status(page, "reading")
    expect(page.locator("#label")).to_have_text("happy")


def test_another_model_after_a_restart_is_said_once(start_server, open_page, tmp_path):
    folder = make_artifact(tmp_path / "model", with_onnx=True)
    server = start_server(MODEL_DIR=str(folder), CLASSIFIER="onnx")
    page, _ = open_page(server.url, videos.one_face())
    start(page)
    for name, count in (("tiny", 0), ("another", 1)):
        server.stop()
        wait_for_status(page, "disconnected")
        edit_card(folder, name=name)
        server.start()
        wait_for_status(page, "reading")
        expect(page.locator(".toast", has_text="another model now")).to_have_count(count)
    server.kill()


def test_a_hidden_tab_pauses_and_goes_on(server, open_page):
    page, _ = open_page(server.url, videos.one_face())
    start(page)
    set_hidden = "hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
    set_hidden += " document.dispatchEvent(new Event('visibilitychange')); }"
    page.evaluate(set_hidden, True)
    wait_for_status(page, "paused")
    expect(page.locator("#fps")).to_have_text("–")
    page.evaluate(set_hidden, False)
    wait_for_status(page, "reading")


def test_a_reading_is_calm(server, open_page):
    """The helmet in the picture looks like a face to the detector, a frame or two in each second."""
    page, _ = open_page(server.url, videos.one_face())
    start(page)
    expect(page.locator("#label")).to_have_text("happy")
    changes = page.evaluate(
        """async () => {
          let changes = 0;
          const watch = new MutationObserver((list) => { changes += list.length; });
          for (const id of ["label", "status", "announcer"]) {
            watch.observe(document.getElementById(id), {childList: true});
          }
          await new Promise(resolve => setTimeout(resolve, 5000));
          return changes;
        }"""
    )
    assert changes <= 1  # the one announcement


def test_without_javascript_the_page_says_so(server, open_page):
    page, _ = open_page(server.url, java_script_enabled=False)
    expect(page.locator(".notice")).to_be_visible()
    expect(page.locator(".notice")).to_contain_text("needs JavaScript")


def test_a_phone_shows_everything_without_sideways_scrolling(server, open_page):
    page, _ = open_page(server.url, videos.one_face(), viewport=PHONE, has_touch=True, is_mobile=True)
    start(page)
    for width, height in ((390, 844), (320, 640), (844, 390)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_keyboard_alone_starts_and_stops(server, open_page):
    page, _ = open_page(server.url, videos.one_face())
    page.focus("#start")
    page.keyboard.press("Enter")
    wait_for_status(page, "reading")
    assert page.evaluate("document.activeElement.id") == "stop"
    for name in ("snapshot", "settings"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == name
    page.keyboard.press("Enter")
    expect(page.locator("#settings-dialog")).to_be_visible()
    page.focus("#mirror")
    page.keyboard.press("Space")
    expect(page.locator("#mirror")).not_to_be_checked()
    page.keyboard.press("Escape")
    expect(page.locator("#settings-dialog")).to_be_hidden()
    assert page.evaluate("document.activeElement.id") == "settings"
    page.focus("#stop")
    page.keyboard.press("Space")
    wait_for_status(page, "idle")
    assert page.evaluate("document.activeElement.id") == "start"


@pytest.mark.parametrize("label", ["happy", "surprise"])
def test_posed_faces_are_read_live(server, open_page, shared_data, label):
    page, _ = open_page(server.url, videos.ckplus_face(shared_data / "CK+48.zip", label))
    start(page)
    words = {"happy": "happy", "surprise": "surprised"}
    expect(page.locator("#label")).to_have_text(words[label])
