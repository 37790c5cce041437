"""The page on a screen for passers-by, `/?kiosk=1`, in a real Chromium."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from tests.support.app import make_app
from tests.support.browser import videos
from tests.support.browser.axe import violations
from tests.support.browser.chrome import PHONE
from tests.support.browser.steps import start, wait_for_status
from tests.support.servers import ROOT, SHIPPED
from webapp.errors import SettingsError
from webapp.settings import Settings

RESET_S = 20


@pytest.fixture
def kiosk(start_server):
    notice = "Museum of Faces. By starting you agree to be read."
    server = start_server(MODEL_DIR=str(SHIPPED), KIOSK_NOTICE=notice, KIOSK_LOGO="static/img/icon-192.png")
    return f"{server.url}/?kiosk=1"


def test_a_kiosk_has_no_menu_and_shows_its_operators_notice_before_it_asks_for_the_camera(kiosk, open_page):
    page, watch = open_page(kiosk, videos.one_face())
    assert page.locator("nav, footer, .top").count() == 0
    expect(page.locator(".kiosk-notice")).to_have_text("Museum of Faces. By starting you agree to be read.")
    assert page.evaluate("document.querySelector('.kiosk-logo').naturalWidth") == 192
    expect(page.locator("#on-air")).to_be_hidden()
    assert page.locator("main a").count() == 0  # no way out
    assert violations(page) == []
    page.get_by_role("button", name="Deutsch").click()
    expect(page).to_have_url(kiosk)
    expect(page.locator("#challenge-title")).to_have_text("Schaffen Sie alle sieben?")
    assert watch.errors == []


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1920, "height": 1080}])
def test_the_strip_is_filled_by_what_is_made_and_cleared_at_the_end(kiosk, open_page, viewport):
    page, watch = open_page(kiosk, videos.one_face(), viewport=viewport)
    start(page)
    happy = page.locator("#challenge li[data-expression=happy]")
    expect(happy.locator("canvas")).to_be_visible()
    expect(page.locator("#challenge [data-part=count]")).to_have_text("1 of seven")
    expect(page.locator("#session")).to_be_hidden()
    expect(page.locator("#record")).to_be_hidden()  # the next one would be shown it
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    page.get_by_role("button", name="I am done").click()
    wait_for_status(page, "idle")
    assert page.locator("#challenge canvas").count() == 0
    expect(page.locator("#challenge [data-part=count]")).to_have_text("0 of seven")
    assert watch.errors == []


def test_a_kiosk_starts_over_20_seconds_after_the_face_has_left(kiosk, open_page):
    page, _ = open_page(kiosk, videos.canvas())
    start(page, "no_face")
    began = time.monotonic()
    expect(page.locator("[data-part=leaving]")).to_contain_text("Starting over in")
    wait_for_status(page, "idle")
    assert RESET_S - 3 < time.monotonic() - began < RESET_S + 8
    expect(page.locator("#start")).to_be_visible()


def test_the_usual_page_has_nothing_of_the_kiosk():
    text = make_app().test_client().get("/").get_data(as_text=True)
    assert 'id="challenge"' not in text
    assert "css/kiosk.css" not in text
    assert make_app().test_client().get("/kiosk-logo").status_code == 404


@pytest.mark.parametrize("value", ["nowhere.png", "README.md"])
def test_a_logo_that_is_no_picture_stops_the_start(value):
    with pytest.raises(SettingsError, match="KIOSK_LOGO must be an existing picture"):
        Settings.from_env({"KIOSK_LOGO": value})
    assert Settings.from_env({"KIOSK_LOGO": "static/img/icon.svg"}).kiosk_logo == ROOT / "static/img/icon.svg"
