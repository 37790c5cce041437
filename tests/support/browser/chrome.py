"""Chromium with a fake camera."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Playwright

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str | None:
    """Returns the path of the browser: `$CHROMIUM`, or the system's; `None` if there is none."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def chrome(
    playwright: Playwright, *, video: Path | None = None, patterns: int = 0, allow: bool = True
) -> Iterator[Browser]:
    """Starts a browser.

    Args:
        playwright: Running driver.
        video: Y4M file that the camera plays; without a file and without patterns there is no camera.
        patterns: Number of cameras with Chromium's own moving pattern.
        allow: Whether the browser grants the camera without asking.
    """
    arguments = list(ARGUMENTS)
    if video:
        arguments += ["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={video}"]
    elif patterns:
        arguments.append(f"--use-fake-device-for-media-stream=device-count={patterns}")
    if allow:
        arguments.append("--use-fake-ui-for-media-stream")
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=arguments)
    try:
        yield browser
    finally:
        browser.close()
