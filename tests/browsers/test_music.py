"""The music page in Firefox and WebKit: the composed pieces sound, and follow the mood that is chosen."""

from __future__ import annotations

import pytest

from tests.support.browser import videos
from tests.support.browser.canvas_camera import camera_of
from tests.support.browser.chrome import DESKTOP, PHONE

pytestmark = pytest.mark.browser

ONLY_FIREFOX = pytest.mark.parametrize("page", ["firefox"], indirect=True)
"""WebKitGTK plays no stream of a canvas; the camera of a person cannot be tried without one."""

LOUDNESS = """(async () => {
  const meter = new Tone.Analyser("waveform", 1024);
  Tone.getDestination().connect(meter);
  let most = 0;
  for (let at = 0; at < 20; at++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    most = Math.max(most, ...meter.getValue().map(Math.abs));
  }
  Tone.getDestination().disconnect(meter);
  return most;
})()"""
"""The highest sample of half a second that goes to the loudspeaker, 0..1."""


def phase(page, name):
    page.wait_for(f"document.getElementById('now').dataset.phase === '{name}'")


def test_music_sounds_follows_an_expression_and_falls_silent(server, page):
    page.resize(DESKTOP)
    page.open(f"{server.url}/music")
    page.click("#toggle")
    phase(page, "playing")
    assert page.run("Tone.getContext().rawContext.state") == "running"
    page.wait_for(f"(await {LOUDNESS}) > 0.005")
    page.click("[data-expression=happy]")
    page.wait_for_text("#mood-words", "Bright and energetic, set by you")
    page.wait_for("document.getElementById('why').textContent.startsWith('The mood that you chose is')")
    page.resize(PHONE)
    assert page.overflow() == 0
    page.click("#toggle")
    page.wait_for(f"(await {LOUDNESS}) < 0.001")
    assert page.errors == []


@ONLY_FIREFOX
def test_a_smiling_face_sets_the_mood(server, page):
    page.resize(DESKTOP)
    page.open(f"{server.url}/music", first=camera_of(videos.one_face()))
    page.click("#camera-start")
    page.wait_for("document.getElementById('preview').checkVisibility()")
    page.wait_for_text("#mood-words", "Bright and energetic, by the camera")
    page.click("#camera-stop")
    assert page.errors == []
