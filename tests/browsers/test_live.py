"""The live page in Firefox and WebKit: a real face on a canvas as the camera, the sample video, settings."""

from __future__ import annotations

import pytest

from tests.support.browser import videos
from tests.support.browser.canvas_camera import camera_of
from tests.support.browser.chrome import DESKTOP, PHONE
from tests.support.browser.driven import DrivenPage

pytestmark = pytest.mark.browser

ONLY_FIREFOX = pytest.mark.parametrize("page", ["firefox"], indirect=True)
"""WebKitGTK plays no stream of a canvas; the camera of a person cannot be tried without one."""

BOXED = """(() => {
  const canvas = document.getElementById("overlay");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.some((value, at) => at % 4 === 3 && value > 128);
})()"""
"""Whether something is drawn around the face."""


def wait_for_status(page: DrivenPage, code: str) -> None:
    page.wait_for(f"document.getElementById('status').dataset.code === '{code}'")


def start(page: DrivenPage, url: str, **choices: str) -> None:
    page.resize(DESKTOP)
    page.open(url, first=camera_of(videos.one_face()))
    page.click("#start")
    wait_for_status(page, "reading")


@ONLY_FIREFOX
def test_a_smiling_face_is_read_as_happy_and_boxed(server, page):
    start(page, server.url)
    page.wait_for_text("#label", "happy")
    page.wait_for(BOXED)
    page.resize(PHONE)
    assert page.overflow() == 0
    page.click("#stop")
    wait_for_status(page, "idle")
    assert page.errors == []


@ONLY_FIREFOX
def test_settings_are_kept_until_they_are_reset(server, page):
    start(page, server.url)
    page.click("#settings")
    page.wait_for("document.getElementById('settings-dialog').open")
    page.click("#mirror")
    page.wait_for("!document.getElementById('stage').classList.contains('mirrored')")
    start(page, server.url)
    page.click("#settings")
    assert page.run("document.getElementById('mirror').checked") is False
    page.click("[data-reset]")
    page.wait_for("document.getElementById('mirror').checked")
    assert page.errors == []


def test_the_sample_video_needs_no_camera(server, page):
    page.open(server.url)
    page.click("#try-video")
    for label in ("happy", "neutral"):
        page.wait_for_text("#label", label)
    assert page.errors == []


def test_without_a_camera_the_reason_and_other_ways_are_shown(server, page):
    page.open(server.url)
    page.click("#start")
    page.wait_for("['missing', 'denied'].includes(document.getElementById('status').dataset.code)")
    assert page.run("document.getElementById('try-video').checkVisibility()")
    assert page.errors == []
