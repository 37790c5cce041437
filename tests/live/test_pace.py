"""The pages in a real Chromium while the server asks them to send less: fewer and smaller frames, and calm words."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import videos
from tests.support.browser.live_wire import LiveWire
from tests.support.browser.steps import start, wait_for_status

pytestmark = pytest.mark.browser

BUSY = re.compile(r"^The server is busy: reading (2 times|about once) a second\.$")

WATCH = """() => {
  window.seen = {kinds: new Set(), blank: 0};
  const status = document.getElementById("status");
  const canvas = document.getElementById("overlay");
  let isDrawn = false; // the first box comes a moment after the first words
  const look = () => {
    seen.kinds.add(status.dataset.kind);
    const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    if (data.some((value, at) => at % 4 === 3 && value)) isDrawn = true;
    else if (isDrawn) seen.blank += 1;
    requestAnimationFrame(look);
  };
  look();
}"""
"""From now on notes the kinds of the status, and the times at which no box is drawn any more."""


def ask_for(wait_ms: int) -> Callable[[dict], dict]:
    return lambda ack: {**ack, "next_in_ms": wait_ms}


def wait_for_side(page: Page, wire: LiveWire, side: int) -> None:
    for _ in range(600):
        if wire.frames and wire.frames[-1].side == side:
            return
        page.wait_for_timeout(100)  # also lets the wire pass messages on
    pytest.fail(f"no frame of {side} pixels; the last: {wire.frames[-1:]}")


def test_a_busy_server_gets_fewer_and_smaller_frames_and_the_page_says_so_calmly(server, open_page):
    page, watch = open_page("about:blank", videos.one_face())
    wire = LiveWire(page)
    page.goto(server.url)
    start(page)
    wait_for_side(page, wire, 640)
    page.evaluate(WATCH)
    wire.alter = ask_for(500)
    wait_for_status(page, "server_busy")
    expect(page.locator("#status")).to_have_text(BUSY)
    wait_for_side(page, wire, 480)
    wire.frames.clear()
    page.wait_for_timeout(3000)
    assert {frame.side for frame in wire.frames} == {480}
    assert 2 <= len(wire.frames) <= 6
    assert min(frame.pause_s for frame in wire.frames) >= 0.5
    expect(page.locator("#label")).to_have_text("happy")
    expect(page.locator("#fps")).to_have_text(re.compile(r"^(2|1\.\d|0\.\d)$"))
    wire.alter = dict
    wait_for_status(page, "reading")
    expect(page.locator("#status")).to_have_text("Reading one face.")
    wait_for_side(page, wire, 640)
    assert page.evaluate("[[...seen.kinds].sort(), seen.blank]") == [["good", "idle"], 0]
    assert watch.errors == []


def test_refusals_of_a_busy_server_take_neither_box_nor_calm_away(server, open_page):
    page, watch = open_page("about:blank", videos.one_face())
    wire = LiveWire(page)
    page.goto(server.url)
    start(page)
    page.evaluate(WATCH)
    busy = {"code": "server_busy", "message": "A frame came early.", "retry_after_ms": 200}

    def refuse_two_of_three(ack: dict) -> dict:
        return {"ok": False, "seq": ack["seq"], "error": busy} if ack["seq"] % 3 else ack

    wire.alter = refuse_two_of_three
    wait_for_status(page, "server_busy")
    page.wait_for_timeout(3000)
    expect(page.locator("#status")).to_have_text(re.compile("^The server is busy: reading "))
    assert page.evaluate("[[...seen.kinds].sort(), seen.blank]") == [["good", "idle"], 0]
    wire.alter = dict
    wait_for_status(page, "reading")
    assert watch.errors == []


def test_the_music_page_says_that_the_server_is_busy(server, open_page):
    page, watch = open_page("about:blank", videos.one_face())
    wire = LiveWire(page)
    page.goto(f"{server.url}/music")
    page.click("#camera-start")
    status = page.locator("#camera-status")
    expect(status).to_have_text("It reads: happy")
    wire.alter = ask_for(500)
    expect(status).to_have_text(BUSY)
    wait_for_side(page, wire, 480)
    wire.alter = dict
    expect(status).to_have_text("It reads: happy")
    wait_for_side(page, wire, 640)
    assert watch.errors == []
