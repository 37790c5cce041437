"""Browsers that tests share; every page is checked for errors and for requests that leave the server."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.support.browser import videos
from tests.support.browser.chrome import DESKTOP, chrome, chromium_path

PATIENCE_MS = 120_000
"""How long a page may take to show what is expected: a limit for a slow machine, not for the product."""
MOST_BROWSERS = 3


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if chromium_path() is None:
        pytest.fail(
            "no Chromium found: install it (Debian: apt-get install chromium) or set CHROMIUM=/path/to/it"
        )
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as driver:
        yield driver


class Browsers:
    """Running browsers, one per camera: a Chromium cannot change its camera.

    A few stay open; the least recently used one makes room for another.
    """

    def __init__(self, playwright: Playwright, folder: Path) -> None:
        self._playwright = playwright
        self._folder = folder
        self._running: dict[tuple, tuple[Browser, ExitStack]] = {}

    def get(
        self,
        film: Iterable[np.ndarray] | None = None,
        *,
        fps: int = 20,
        patterns: int = 0,
        allow: bool = True,
    ) -> Browser:
        """Returns a browser, in which each test opens contexts of its own.

        Args:
            film: Frames that the camera shows, BGR, 640 x 480; without frames and patterns there is no camera.
            fps: Frames that the camera shows in a second.
            patterns: Number of cameras with Chromium's own moving pattern.
            allow: Whether the browser grants the camera without asking.
        """
        video = None if film is None else self._video_of(film, fps)
        key = video, patterns, allow
        browser, stack = self._running.pop(key, (None, None))
        if browser is None or not browser.is_connected():
            while len(self._running) >= MOST_BROWSERS:
                self._close(next(iter(self._running)))
            stack = ExitStack()
            browser = stack.enter_context(
                chrome(self._playwright, video=video, patterns=patterns, allow=allow)
            )
        self._running[key] = browser, stack
        return browser

    def _video_of(self, film: Iterable[np.ndarray], fps: int) -> Path:
        """Returns the film as a file; the same film has the same file."""
        frames = list(film)
        name = hashlib.sha256(b"".join(frame.tobytes() for frame in frames)).hexdigest()[:16]
        path = self._folder / f"{name}-{fps}.y4m"
        return path if path.exists() else videos.write_y4m(path, frames, fps=fps)

    def _close(self, key: tuple) -> None:
        self._running.pop(key)[1].close()

    def close(self) -> None:
        for key in list(self._running):
            self._close(key)


@pytest.fixture(scope="session")
def browsers(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browsers]:
    shared = Browsers(playwright, tmp_path_factory.mktemp("cameras"))
    yield shared
    shared.close()


class Watch:
    """Records what a page must not do: raise, log an error, or send a request to another server."""

    def __init__(self, page: Page) -> None:
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda entry: self.errors.append(entry.text) if entry.type == "error" else None)
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))


@pytest.fixture
def new_page(browsers: Browsers) -> Iterator[Callable[..., Page]]:
    """Returns a function that opens an empty page in a context of its own, which is closed after the test."""
    with ExitStack() as stack:

        def make(
            film: Iterable[np.ndarray] | None = None,
            *,
            fps: int = 20,
            patterns: int = 0,
            allow: bool = True,
            **context,
        ) -> Page:
            browser = browsers.get(film, fps=fps, patterns=patterns, allow=allow)
            own = browser.new_context(**{"viewport": DESKTOP, **context})
            stack.callback(own.close)
            page = own.new_page()
            page.set_default_timeout(PATIENCE_MS)
            return page

        yield make


@pytest.fixture
def open_page(new_page: Callable[..., Page]) -> Callable[..., tuple[Page, Watch]]:
    """Returns a function that opens an address, in a browser whose camera shows a picture, and watches the page."""

    def open_it(
        url: str, frame: np.ndarray | None = None, *, film: Iterable[np.ndarray] | None = None, **options
    ) -> tuple[Page, Watch]:
        page = new_page(videos.jitter(frame) if frame is not None else film, **options)
        watch = Watch(page)
        page.goto(url)
        return page, watch

    return open_it
