"""The box never leaves the face: what is drawn in a real Chromium while a face moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import psutil
import pytest
from playwright.sync_api import Page

from tests.support.browser import videos
from tests.support.browser.steps import start
from tests.support.servers import Server

pytestmark = [pytest.mark.browser, pytest.mark.realtime]

RECORD = """([first, last]) => {
  const [picture, overlay] = ["picture", "overlay"].map(id => document.getElementById(id));
  const path = CanvasRenderingContext2D.prototype.roundRect, stroke = CanvasRenderingContext2D.prototype.stroke;
  let box = null;
  window.drawn = [];
  CanvasRenderingContext2D.prototype.roundRect = function (...args) {
    if (this.canvas === overlay) box = args;
    return path.apply(this, args);
  };
  CanvasRenderingContext2D.prototype.stroke = function () {
    stroke.apply(this);
    if (this.canvas !== overlay || !this.getLineDash || this.lineWidth > 3.5) return;
    const {width, height} = picture, share = width / overlay.clientWidth;
    const rows = picture.getContext("2d").getImageData(0, first, width, last - first).data;
    let [sum, at] = [0, 0];
    for (let i = 0, p = 0; i < rows.length; i += 4, p += 1) { sum += rows[i + 1]; at += rows[i + 1] * (p % width); }
    window.drawn.push([performance.now(), at / sum, width - (box[0] + box[2] / 2) * share, box[2] * share]);
  };
}"""


@dataclass(frozen=True)
class Drawn:
    """What was drawn: one row for each frame with a box.

    Attributes:
        ms: Times.
        face: Columns of the face in the drawn picture, by its mark.
        box: Columns of the middle of the box drawn on it.
        width: Mean width of the box.
    """

    ms: np.ndarray
    face: np.ndarray
    box: np.ndarray
    width: float

    def errors(self) -> np.ndarray:
        """Returns how far the box is off, in shares of the face's width, apart from what is so in the middle."""
        off = (self.box - self.face) / self.width
        return np.abs(off - np.median(off))

    def fps(self) -> float:
        """Returns the number of different pictures a second."""
        changes = np.abs(np.diff(self.face)) > 0.2
        return changes.sum() / ((self.ms[-1] - self.ms[0]) / 1000)

    @classmethod
    def of(cls, page: Page) -> Drawn:
        """Returns what `RECORD` has recorded."""
        rows = np.array(page.evaluate("drawn"))
        return cls(rows[:, 0], rows[:, 1], rows[:, 2], float(rows[:, 3].mean()))


@pytest.fixture
def recorded(server, open_page):
    """Returns a function that shows the camera a film, and what is drawn from then on is recorded."""

    def record(film: list[np.ndarray], *, live: bool):
        page, seen = open_page(server.url, film=film, fps=videos.MOVING_FPS)
        if live:
            page.evaluate("localStorage.setItem('countenance.live', JSON.stringify({live_picture: true}))")
            page.reload()
        start(page)
        page.wait_for_timeout(2000)
        page.evaluate(RECORD, [videos.MARK_ROWS.start + 4, videos.MARK_ROWS.stop - 4])
        return page, seen

    return record


@pytest.mark.parametrize("live", [False, True], ids=["analysed", "live"])
@pytest.mark.parametrize("film", [videos.swaying_face, videos.sweeping_face])
def test_the_box_stays_on_a_moving_face(recorded, film, live):
    page, seen = recorded(film(), live=live)
    page.wait_for_timeout(6000)
    drawn = Drawn.of(page)
    errors = drawn.errors()
    told = f"{np.percentile(errors, [50, 90])} of {drawn.width:.0f} px, {len(errors)} frames, {drawn.fps():.0f} fps"
    assert len(errors) > 40, told
    assert np.median(errors) <= 0.03, told
    assert np.percentile(errors, 90) <= 0.06, told
    assert seen.errors == []


STALL_S, STALLS = 1.3, 4


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    """Stops the server's processes for as long as the context lasts: nothing is answered, and nobody is told."""
    parent = psutil.Process(server.process.pid)
    processes = [parent, *parent.children(recursive=True)]
    for one in processes:
        one.suspend()
    try:
        yield
    finally:
        for one in processes:
            one.resume()


@pytest.mark.parametrize("live", [False, True], ids=["analysed", "live"])
def test_while_the_server_stalls_no_box_stands_beside_the_face(server, recorded, live):
    page, _ = recorded(videos.sweeping_face(), live=live)
    for _ in range(STALLS):
        with stopped(server):
            page.wait_for_timeout(1000 * STALL_S)
        page.wait_for_timeout(1000)
    errors = Drawn.of(page).errors()
    told = f"{np.percentile(errors, [50, 90, 98])}, {len(errors)} frames with a box"
    print(told)
    assert len(errors) > 20 * STALLS, told
    assert np.percentile(errors, 90) <= 0.1, told
    assert np.mean(errors > 0.3) <= 0.02, told
