"""How loud the page is: what goes to the loudspeaker is recorded before it, and measured as EBU R 128 says."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soxr
from playwright.sync_api import Page, expect

from tests.music import sounds
from tests.music.test_sources_page import ask
from tests.support.browser.steps import unfold
from tests.support.servers import SHIPPED, Server, while_alive
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TARGET_LUFS = -16
RECORDED_S = 14

TAP = """
// Whatever is connected to a loudspeaker is connected to a recorder, too.
window.recorders = [];
const connect = AudioNode.prototype.connect;
function recorderOf(context) {
  let found = recorders.find((one) => one.context === context);
  if (!found) {
    const node = context.createScriptProcessor(16384, 2, 2);
    found = { context, node, on: false, left: [], right: [] };
    node.onaudioprocess = ({ inputBuffer }) => {
      if (!found.on) return;
      found.left.push(inputBuffer.getChannelData(0).slice());
      found.right.push(inputBuffer.getChannelData(1).slice());
    };
    connect.call(node, context.destination);
    recorders.push(found);
  }
  return found;
}
AudioNode.prototype.connect = function (to, ...rest) {
  if (to instanceof AudioDestinationNode && to.context instanceof AudioContext)
    connect.call(this, recorderOf(to.context).node);
  return connect.call(this, to, ...rest);
};
window.packed = (left, right) => {
  const both = new Float32Array(2 * left.length);
  for (let at = 0; at < left.length; at += 1) [both[2 * at], both[2 * at + 1]] = [left[at], right[at]];
  const bytes = new Uint8Array(both.buffer);
  let text = "";
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
};
"""

RECORD = """async (seconds) => {
  for (const one of recorders) Object.assign(one, { on: true, left: [], right: [] });
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  for (const one of recorders) one.on = false;
  const joined = (parts) => Float32Array.from(parts.flatMap((part) => [...part]));
  return recorders.map(({ context, left, right }) => [context.sampleRate, packed(joined(left), joined(right))]);
}"""

RENDER = """async ([seed, point, seconds]) => {
  const scripts = new URL(".", document.querySelector("script[src*='/music.js']").src);
  if (!window.Tone) {
    const script = document.createElement("script");
    script.src = new URL("../vendor/tone/Tone.js", scripts);
    document.head.append(script);
    await new Promise((resolve) => script.addEventListener("load", resolve));
  }
  const { compose } = await import(new URL("music/composer/composer.js", scripts));
  const { createInstruments } = await import(new URL("music/composer/instruments.js", scripts));
  const { notes, style } = compose({ seed, point, lasts: 100 });
  const buffer = await Tone.Offline(() => {
    const instruments = createInstruments(Tone, style);
    instruments.setGain(1, 0.02);
    for (const note of notes) if (note.at < seconds) instruments.play(note, note.at + 0.05);
  }, seconds, 2, 44100);
  return packed(buffer.getChannelData(0), buffer.getChannelData(1));
}"""


def measure(packed: str, rate_hz: int) -> tuple[float, float]:
    """Returns the integrated loudness in LUFS and the true peak in dB."""
    samples = np.frombuffer(base64.b64decode(packed), np.float32).reshape(-1, 2).astype(float)
    peak = np.abs(soxr.resample(samples, rate_hz, 4 * rate_hz)).max()
    return pyloudnorm.Meter(rate_hz).integrated_loudness(samples), 20 * np.log10(max(peak, 1e-9))


def record(page: Page) -> tuple[float, float]:
    """Returns loudness and true peak of the loudest of the page's audio contexts; the others are silent."""
    tracks = page.evaluate(RECORD, RECORDED_S)
    return max(
        (measure(packed, round(rate)) for rate, packed in tracks if packed), key=lambda found: found[0]
    )


def music(level: float, seconds: float = 60) -> np.ndarray:
    """Noise and chords with a steady level, as dense music has."""
    hiss = np.random.default_rng(5).normal(0, 0.02, int(seconds * sounds.RATE_HZ))
    chords = sounds.chords(sounds.MAJOR, seconds=seconds, notes_per_s=4.0, level=0.1)
    return (level * (chords + hiss[: len(chords)])).astype(np.float32)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same music soft and loud, 22 dB apart."""
    root = tmp_path_factory.mktemp("files")
    sounds.write_tagged(root / "Tones" / "soft.flac", music(0.2), title="Soft", mood="Happy")
    sounds.write_tagged(root / "Tones" / "loud.flac", np.clip(music(2.4), -1, 1), title="Loud", mood="Happy")
    return root


@pytest.fixture(scope="module")
def with_files(files: Path, start_server) -> Iterator[Server]:
    running = start_server(MODEL_DIR=str(SHIPPED), MUSIC_DIR=str(files))
    wait_until(lambda: ask(running, "/music/scan")["state"] == "done", 240, "the scan's end")
    yield from while_alive(running)


@pytest.fixture
def open_taped(open_page):
    def open_it(server: Server) -> Page:
        page, _ = open_page("about:blank")
        page.add_init_script(TAP)
        page.goto(f"{server.url}/music")
        expect(page.locator("#now-phase")).to_have_text("Ready to play")
        page.locator("#volume").fill("100")
        return page

    return open_it


def test_pieces_and_files_are_as_loud_as_each_other_and_nothing_is_clipped(with_files, open_taped):
    page = open_taped(with_files)
    unfold(page)
    found: dict[str, tuple[float, float]] = {}
    page.click("#toggle")
    for title in ("Soft", "Loud"):
        page.get_by_role("button", name=re.compile("^Tones")).first.click()
        page.get_by_role("button", name=f"Play: {title}").click()
        expect(page.locator("#now-title")).to_have_text(title)
        page.wait_for_timeout(1500)  # until it has faded in
        found[title] = record(page)
    for name in ("Storm front", "Still water"):
        page.get_by_role("button", name=re.compile(f"^{name}")).first.click()
        page.get_by_role("button", name="Play this").click()
        expect(page.locator("#now-title")).to_have_text(re.compile(f"^{name}"))
        page.wait_for_timeout(9000)  # until all its layers play
        found[name] = record(page)
    for name, (lufs, peak_db) in found.items():
        print(f"{name}: {lufs:.1f} LUFS, {peak_db:.1f} dB")
    assert all(peak_db < -1 for _, peak_db in found.values())
    assert all(abs(lufs - TARGET_LUFS) <= 1.5 for lufs, _ in found.values())
    lufs = [one for one, _ in found.values()]
    assert max(lufs) - min(lufs) <= 2


def test_built_in_pieces_of_all_corners_are_as_loud_as_each_other(server, open_taped):
    page = open_taped(server)
    corners = [(0.7, 0.5), (0.6, -0.6), (0.0, 0.0), (-0.6, -0.4)]
    found = []
    for seed, (valence, arousal) in enumerate(corners, 1):
        point = {"valence": valence, "arousal": arousal}
        found.append(measure(page.evaluate(RENDER, [seed, point, 24]), 44_100))
        print(f"{point}: {found[-1][0]:.1f} LUFS, {found[-1][1]:.1f} dB")
    assert all(abs(lufs - TARGET_LUFS) <= 1.5 and peak_db < -1 for lufs, peak_db in found)
    assert max(lufs for lufs, _ in found) - min(lufs for lufs, _ in found) <= 2
