"""The resting face in a real Chromium: three seconds, a bar, done; then a slight smile is called one."""

from __future__ import annotations

import json
import re

import cv2
import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import changing_camera
from tests.support.browser.axe import violations
from tests.support.browser.chrome import PHONE
from tests.support.browser.steps import start, wait_for_status
from tests.support.servers import ROOT

pytestmark = pytest.mark.browser

KEY = "countenance.resting-face"


def sample_frames() -> dict[str, object]:
    """Of the sample video's first person: at rest, half way into a smile, smiling."""
    film = cv2.VideoCapture(str(ROOT / "static" / "samples" / "sample.webm"))
    frames = []
    while (read := film.read())[0]:
        frames.append(read[1])
    return {"rest": frames[0], "slight": frames[36], "smile": frames[24]}


@pytest.fixture(scope="module")
def pictures():
    return sample_frames()


@pytest.fixture
def open_live(new_page, server, pictures):
    """Opens the live page before a camera that shows the first person at rest."""

    def open_it(**context) -> tuple[Page, list[str]]:
        page = new_page(**context)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        changing_camera.install(page, pictures)
        page.goto(server.url)
        start(page)
        return page, errors

    return open_it


def set_resting_face(page: Page) -> None:
    page.get_by_role("button", name="This is my resting face").click()
    expect(page.locator("#resting progress")).to_be_visible()
    expect(page.locator(".toast")).to_contain_text("compared with your resting face")


def label(page: Page):
    return page.locator("#label")


def stored(page: Page, where: str):
    return page.evaluate(f"() => JSON.parse({where}.getItem('{KEY}'))")


def test_a_slight_smile_is_called_so_beside_the_resting_face_and_neutral_without(open_live):
    page, errors = open_live()
    changing_camera.show(page, "slight")
    expect(page.locator("#confidence")).to_have_text(re.compile("[Ll]ikely"))
    expect(label(page)).to_have_text("neutral")
    changing_camera.show(page, "rest")
    page.wait_for_timeout(500)
    set_resting_face(page)
    expect(label(page)).to_have_text("neutral")
    expect(page.locator("#resting")).to_contain_text("Compared with your resting face. Without it: neutral")
    changing_camera.show(page, "slight")
    expect(label(page)).to_have_text("a slight smile")
    expect(page.locator("#confidence")).to_contain_text("compared with your resting face")
    expect(page.locator("#resting")).to_contain_text("Without it: neutral")
    changing_camera.show(page, "smile")
    expect(label(page)).to_have_text("happy")
    changing_camera.show(page, "rest")
    expect(label(page)).to_have_text("neutral")
    assert errors == []


def test_undo_delete_and_undo_of_that(open_live):
    page, errors = open_live()
    set_resting_face(page)
    assert stored(page, "sessionStorage")["model"]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#resting [data-part=in-use]")).to_be_hidden()
    assert stored(page, "sessionStorage") is None
    set_resting_face(page)
    page.get_by_role("button", name="Delete my resting face").click()
    expect(page.locator(".toast")).to_contain_text("deleted")
    expect(page.get_by_role("button", name="This is my resting face")).to_be_focused()
    assert stored(page, "sessionStorage") is None
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#resting")).to_contain_text("Compared with your resting face")
    assert errors == []


def test_it_lasts_as_long_as_the_tab_unless_it_is_kept_and_is_sent_again(open_live):
    page, errors = open_live()
    set_resting_face(page)
    assert stored(page, "localStorage") is None
    page.reload()
    start(page)
    expect(page.locator("#resting")).to_contain_text("Compared with your resting face. Without it")
    page.get_by_label("Keep it in this browser").check()
    assert stored(page, "sessionStorage") is None
    face = stored(page, "localStorage")
    assert sum(face["probs"].values()) == pytest.approx(1)
    assert max(face["probs"], key=face["probs"].get) == "neutral"
    page.get_by_label("Keep it in this browser").uncheck()
    assert stored(page, "localStorage") is None
    assert stored(page, "sessionStorage") == face
    assert errors == []


def test_a_smile_is_not_taken_and_the_page_says_why(open_live):
    page, _ = open_live()
    changing_camera.show(page, "smile")
    expect(label(page)).to_have_text("happy")
    page.get_by_role("button", name="This is my resting face").click()
    expect(page.locator(".toast")).to_contain_text("looked like a smile")
    assert stored(page, "sessionStorage") is None


def test_cancel_leaves_everything_as_it_was(open_live):
    page, _ = open_live()
    page.get_by_role("button", name="This is my resting face").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="This is my resting face")).to_be_focused()
    page.wait_for_timeout(3500)
    assert stored(page, "sessionStorage") is None


def test_one_of_another_model_is_not_sent(open_live):
    page, _ = open_live()
    foreign = {"model": "another", "probs": {"neutral": 1}}
    page.evaluate("([key, face]) => sessionStorage.setItem(key, face)", [KEY, json.dumps(foreign)])
    page.reload()
    start(page)
    expect(page.get_by_role("button", name="This is my resting face")).to_be_visible()
    expect(page.locator("#resting [data-part=in-use]")).to_be_hidden()


def test_in_german_on_a_phone_it_is_accessible(open_live):
    page, _ = open_live(viewport=PHONE, locale="de-DE")
    page.get_by_role("button", name="Das ist mein Ruhegesicht").click()
    expect(page.locator(".toast")).to_contain_text("mit Ihrem Ruhegesicht verglichen")
    expect(page.locator("#resting")).to_contain_text("Verglichen mit Ihrem Ruhegesicht")
    assert violations(page) == []
    changing_camera.show(page, "slight")
    expect(label(page)).to_have_text("ein leichtes Lächeln")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_music_page_reads_beside_the_same_resting_face(open_live, server):
    page, _ = open_live()
    set_resting_face(page)
    page.click("#stop")
    wait_for_status(page, "idle")
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda payload: sent.append(str(payload))))
    page.goto(f"{server.url}/music")
    page.get_by_role("button", name="Let the camera set the mood").click()
    changing_camera.show(page, "slight")
    expect(page.locator("body")).to_contain_text("It reads: a slight smile")
    assert any('"settings"' in one and '"baseline"' in one for one in sent)


def test_a_kiosk_has_none(new_page, server, pictures):
    page = new_page()
    changing_camera.install(page, pictures)
    page.goto(f"{server.url}/?kiosk=1")
    assert page.locator("#resting").count() == 0
    page.click("#start")
    expect(label(page)).to_have_text("neutral")
