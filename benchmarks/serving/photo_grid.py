"""How smoothly the page /photos scrolls through many photos, in Chromium on the server's cores.

    python -m benchmarks.serving.photo_grid [--photos 500] [--size 1600] [--seconds 6]

The files are real JPEGs, scaled and turned copies of NASA's portrait of Eileen Collins; the real server reads them.
The page scrolls down from top to end at a constant speed, once while thumbnails are still being made and once
afterwards, on a phone's and on a desktop's screen. Frames a second are those that the browser drew; a long frame took
more than 50 ms.
"""

from __future__ import annotations

import argparse
import io
import os
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.support.browser.chrome import DESKTOP, PHONE, chrome
from tests.support.servers import Server

SCROLL = """async seconds => {
  const end = document.documentElement.scrollHeight - innerHeight;
  const times = [];
  const started = performance.now();
  await new Promise(resolve => {
    function frame(now) {
      times.push(now);
      const share = (now - started) / (1000 * seconds);
      scrollTo(0, share * end);
      share < 1 ? requestAnimationFrame(frame) : resolve();
    }
    requestAnimationFrame(frame);
  });
  const gaps = times.slice(1).map((time, index) => time - times[index]).toSorted((a, b) => a - b);
  return {
    perSecond: 1000 * gaps.length / (times.at(-1) - times[0]),
    p95: gaps[Math.floor(0.95 * gaps.length)],
    long: gaps.filter(gap => gap > 50).length,
    tiles: document.querySelectorAll(".photo").length,
    rows: end,
  };
}"""
READ_LIMIT_MS = 600_000


def make_files(num: int, side: int, folder: Path) -> list[Path]:
    """Writes so many JPEGs, `side` x 3/4 `side`; of eight pictures, since making them is not the point."""
    from skimage import data

    portrait = Image.fromarray(data.astronaut())
    pictures = []
    for turn in range(8):
        room = Image.fromarray(np.full((side * 3 // 4, side, 3), 90 + 10 * turn, np.uint8))
        face = portrait.resize((side // 2, side // 2)).rotate(3 * turn - 10)
        room.paste(face, (side // 8 + turn * side // 40, side // 8))
        file = io.BytesIO()
        room.save(file, "JPEG", quality=88)
        pictures.append(file.getvalue())
    paths = [folder / f"photo-{index:04}.jpg" for index in range(num)]
    for index, path in enumerate(paths):
        path.write_bytes(pictures[index % len(pictures)])
    return paths


def add(page: Page, files: list[Path]) -> None:
    """Gives the page the files and waits until the server has read them."""
    page.set_input_files("#files", files)
    page.wait_for_function("() => document.getElementById('stop').hidden", timeout=READ_LIMIT_MS)


def measure(page: Page, url: str, files: list[Path], seconds: float) -> list[dict]:
    """Returns the figures of a first and a second way down."""
    page.goto(f"{url}/photos")
    add(page, files)
    found = []
    for _ in range(2):
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(500)
        found.append(page.evaluate(SCROLL, seconds))
        page.wait_for_timeout(2000)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=int, default=500)
    parser.add_argument("--size", type=int, default=1600, help="longer side of the files in pixels")
    parser.add_argument("--seconds", type=float, default=6.0, help="time of one way down")
    options = parser.parse_args()
    print(f"{options.photos} photos of {options.size} pixels, {len(os.sched_getaffinity(0))} cores\n")
    print("| screen | way down | frames/s | p95 of a frame, ms | long frames | tiles in the page | pixels |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        files = make_files(options.photos, options.size, Path(folder))
        server = Server(Path(folder) / "log").start()
        try:
            for name, screen in {"phone": PHONE, "desktop": DESKTOP}.items():
                with chrome(driver) as browser:
                    found = measure(
                        browser.new_context(viewport=screen).new_page(), server.url, files, options.seconds
                    )
                for way, one in zip(("first", "again"), found, strict=True):
                    print(
                        f"| {name} | {way} | {one['perSecond']:.1f} | {one['p95']:.1f} | {one['long']} | "
                        f"{one['tiles']} | {one['rows']} |",
                        flush=True,
                    )
        finally:
            server.kill()


if __name__ == "__main__":
    main()
