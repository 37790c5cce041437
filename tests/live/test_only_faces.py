"""Only my face leaves this browser: chosen in a real Chromium, nothing but grey pixels of faces is ever sent."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import videos
from tests.support.browser.axe import violations
from tests.support.browser.face_finding import BrowserFinder, largest_gap
from tests.support.browser.steps import start, wait_for_status
from tests.support.waiting import wait_until
from webapp.inference import load_classifier
from webapp.recognition.change import frame_cells
from webapp.recognition.crop import cut_faces, find_hints
from webapp.recognition.detection.blazeface import BlazeFaceDetector
from webapp.recognition.pipeline import MAX_FOLLOWED, refine_faces

pytestmark = pytest.mark.browser

CROP_BYTES = 48 * 48
RUNTIME = "**/litert/*.wasm.gz"
MOST_LONG_TASKS = 0.2
"""Share of the time that long tasks may take on the page's thread: a busy machine interrupts any thread."""


class Sent:
    """What a page sends to the server: events with their binaries, and requests with a body."""

    def __init__(self, page: Page) -> None:
        self.events: list[str] = []
        self.binaries: list[int] = []
        self.posts: list[str] = []
        page.on("websocket", lambda socket: socket.on("framesent", self._note))
        page.on("request", lambda one: self.posts.append(one.url) if one.method == "POST" else None)

    def _note(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self.binaries.append(len(message))
        elif "[" in message:
            self.events.append(json.loads(message[message.index("[") :])[0])


def choose(page: Page, *, on: bool = True) -> None:
    page.click("#settings")
    page.set_checked("#only-faces", on)
    page.keyboard.press("Escape")


@pytest.fixture
def open_chosen(open_page):
    """Returns a function that opens the live page of a server with the choice made, and notes what it sends."""

    def open_it(server, frame, **options):
        page, watch = open_page("about:blank", frame, **options)
        page.add_init_script("localStorage.setItem('countenance.live', JSON.stringify({only_faces: true}))")
        sent = Sent(page)
        page.goto(server.url)
        return page, watch, sent

    return open_it


def test_only_faces_are_sent_and_labels_appear(server, open_chosen):
    page, watch, sent = open_chosen(server, videos.one_face())
    expect(page.locator("#welcome")).to_contain_text("48 x 48 grey pixels")
    expect(page.locator(".only-faces")).to_be_hidden()
    start(page)
    expect(page.locator("#label")).to_have_text("happy")
    expect(page.locator(".only-faces")).to_be_visible()
    wait_until(lambda: page.wait_for_timeout(50) or len(sent.events) > 20, what="twenty frames")
    assert set(sent.events) == {"faces"}
    assert all(
        size and size % CROP_BYTES == 0 for size in sent.binaries
    )  # a doubtful second face now and then
    assert sent.posts == []
    assert watch.errors == []
    assert watch.hosts == {server.url.split("/")[2]}


def test_two_faces_and_none_are_read_too(server, open_chosen):
    page, _, sent = open_chosen(server, videos.two_faces())
    start(page, "several")
    assert set(sent.binaries) <= {0, CROP_BYTES, 2 * CROP_BYTES}
    page, _, sent = open_chosen(server, videos.canvas())
    start(page, "no_face")
    page, _, sent = open_chosen(server, videos.dark_face())
    start(page, "too_dark")  # said by the page itself: the server sees no picture


@pytest.mark.realtime
def test_the_page_s_own_thread_does_not_find_faces(server, open_chosen):
    page, _, sent = open_chosen(server, videos.one_face())
    page.add_init_script(
        """window.longTasks = [];
        new PerformanceObserver((list) => {
          for (const { startTime, duration } of list.getEntries()) longTasks.push([startTime, duration]);
        }).observe({ type: "longtask" });"""
    )
    page.reload()
    start(page)
    expect(page.locator("#label")).to_have_text("happy")
    watched_ms = 3000
    since = page.evaluate("performance.now()")
    page.wait_for_timeout(watched_ms)
    long = [ms for at, ms in page.evaluate("longTasks") if at >= since]
    assert sum(long) < MOST_LONG_TASKS * watched_ms, long
    loaded = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => name)")
    assert any("face_finder/client.js" in name for name in loaded)
    assert not any("litert" in name or "face_finder/finder.js" in name for name in loaded)  # the worker's own
    assert len(sent.events) > 10


def test_a_runtime_that_cannot_be_loaded_is_said_and_nothing_is_sent(server, open_chosen):
    page, _, sent = open_chosen(server, videos.one_face())
    page.context.route(RUNTIME, lambda route: route.abort())
    page.click("#start")
    wait_for_status(page, "no_face_finder")
    expect(page.locator("#status")).to_contain_text("so nothing is sent")
    page.wait_for_timeout(1000)
    assert (sent.events, sent.binaries, sent.posts) == ([], [], [])
    choose(page, on=False)  # the visitor agrees
    wait_for_status(page, "reading")
    assert set(sent.events) == {"frame"}


def test_waiting_for_the_runtime_is_said(server, open_chosen):
    page, _, sent = open_chosen(server, videos.one_face())
    held = []
    page.context.route(RUNTIME, lambda route: held.append(route))
    page.click("#start")
    wait_for_status(page, "preparing")
    expect(page.locator("#status")).to_contain_text("Preparing face finding on this device")
    wait_until(lambda: page.wait_for_timeout(50) or held, what="the request for the runtime")
    assert sent.events == []
    held.pop().continue_()
    wait_for_status(page, "reading")


def test_the_choice_holds_at_once_and_is_remembered(server, open_page):
    page, watch = open_page(server.url, videos.one_face())
    sent = Sent(page)
    page.reload()
    loaded = []
    page.on("request", lambda request: loaded.append(request.url))
    start(page)
    assert set(sent.events) == {"frame"}
    assert not any("litert" in url or "face_finder/client.js" in url for url in loaded)
    page.click("#settings")
    expect(page.locator("#only-faces")).not_to_be_checked()
    assert violations(page) == []
    page.check("#only-faces")
    expect(page.locator(".only-faces")).to_be_visible()
    wait_until(lambda: page.wait_for_timeout(50) or sent.events[-5:] == 5 * ["faces"], what="faces")
    first = sent.events.index("faces")
    assert set(sent.events[first:]) == {"faces"}
    page.reload()
    sent.events.clear()
    start(page)
    assert set(sent.events) == {"faces"}
    assert watch.errors == []


def test_why_asks_before_a_picture_is_sent(server, open_chosen):
    page, watch, sent = open_chosen(server, videos.one_face())
    start(page)
    page.click("#why")
    dialog = page.locator("#why-dialog")
    expect(dialog).to_contain_text("the server needs this one picture whole")
    expect(dialog).not_to_contain_text("This one picture was sent", use_inner_text=True)
    assert violations(page) == []
    assert sent.posts == []
    dialog.get_by_role("button", name="Send this one picture").click()
    expect(page.locator("#why-dialog[data-state=answer]")).to_be_visible()
    assert [url.split("/")[-1] for url in sent.posts] == ["explain"]
    page.keyboard.press("Escape")
    page.click("#why")
    expect(dialog).to_contain_text("the server needs this one picture whole")  # once is not for ever
    assert watch.errors == []


def test_the_operator_s_default_holds_on_both_pages_until_the_visitor_chooses(
    artifact, start_server, open_page
):
    server = start_server(MODEL_DIR=str(artifact), CAMERA_SENDS="faces")
    page, _ = open_page("about:blank", videos.one_face())
    sent = Sent(page)
    page.goto(server.url)
    start(page)
    assert set(sent.events) == {"faces"}
    page.goto(f"{server.url}/music")
    sent.events.clear()
    expect(page.locator("#camera-consent")).to_contain_text("48 x 48 grey pixels")
    page.click("#camera-start")
    expect(page.locator("#preview .only-faces")).to_be_visible()
    wait_until(lambda: page.wait_for_timeout(50) or len(sent.events) > 3, what="faces")
    assert set(sent.events) == {"faces"}
    page.evaluate("localStorage.setItem('countenance.live', JSON.stringify({only_faces: false}))")
    wait_until(lambda: page.wait_for_timeout(50) or sent.events[-1] == "frame", what="frames")
    server.kill()


PICTURES = {
    "one face": videos.one_face(),
    "two faces": videos.two_faces(),
    "no face": videos.canvas(),
    "a dark face": videos.dark_face(),
    "a small face": videos.place(videos.portrait(150), 300, 200, videos.canvas()),
    "a face at the edge": videos.one_face()[:, 180:],
    "four faces": np.vstack(2 * [np.hstack(2 * [videos.portrait(240)])]),
    "upright": cv2.rotate(videos.two_faces(), cv2.ROTATE_90_CLOCKWISE)[:500],
}


def test_the_browser_finds_and_cuts_what_the_server_would(artifact, server, open_page):
    page, _ = open_page(server.url)
    classifier = load_classifier(artifact, threads=1)
    rule = classifier.card.crop
    classifier.close()
    detector = BlazeFaceDetector()
    browser = BrowserFinder(page, rule)
    browser.open()
    for number, (name, bgr) in enumerate(PICTURES.items()):
        rgb = np.ascontiguousarray(bgr[..., ::-1])
        found = detector.detect(rgb)
        faces = sorted(
            refine_faces(detector, rgb, found, max_refined=MAX_FOLLOWED), key=lambda face: -face.box.area
        )
        boxes = [face.box.relative(rgb.shape[1], rgb.shape[0]) for face in faces]
        seen = browser.find(rgb, num_shown=0, at_s=10.0 * number)
        assert largest_gap(seen.boxes, boxes) < 1e-3, name
        gaps = np.abs(seen.crops.astype(int) - cut_faces(rgb, faces, rule))
        assert gaps.sum() <= 0.5 * gaps.size, name
        assert seen.hints == find_hints(float(frame_cells(rgb).mean()) / 255, [face.box for face in faces]), (
            name
        )
