"""Takes the pictures of docs/img from a real server and browser: `python -m tests.browser.screenshots`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import videos
from tests.browser.chrome import DESKTOP, PHONE, chrome
from tests.servers import ROOT, Server

SIZES = {"phone": PHONE, "desktop": DESKTOP}


def main(out: Path, **settings: str) -> None:
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        video = videos.write_y4m(Path(folder) / "face.y4m", videos.jitter(videos.one_face()))
        server = Server(Path(folder) / "log", **settings).start()
        try:
            with sync_playwright() as playwright, chrome(playwright, video=video) as browser:
                for name, size in SIZES.items():
                    for scheme in ("light", "dark"):
                        take(browser, server.url, out, f"{name}-{scheme}", viewport=size, color_scheme=scheme)
        finally:
            server.stop()


def take(browser, url: str, out: Path, name: str, **context) -> None:
    page = browser.new_context(**context).new_page()
    page.goto(url)
    page.screenshot(path=out / f"start-{name}.png")
    page.click("#start")
    page.wait_for_selector("#reading:not([data-state=none])", timeout=60_000)
    page.wait_for_timeout(4000)
    # The fake camera's name is its file's path; a real one has a real name.
    page.evaluate("document.querySelector('#camera option').textContent = 'Webcam'")
    page.screenshot(path=out / f"live-{name}.png")
    page.goto(f"{url}/model")
    page.screenshot(path=out / f"model-{name}.png", full_page=True)
    page.goto(f"{url}/about")
    page.screenshot(path=out / f"about-{name}.png", full_page=True)
    page.context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "img")
