"""One Chromium per video; every page is checked for errors and for requests that leave the server."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, Playwright, sync_playwright

from tests.browser import videos
from tests.browser.chrome import DESKTOP, chrome, chromium_path

PATIENCE_MS = 60_000


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    if chromium_path() is None:
        pytest.fail(
            "no Chromium found: install it (Debian: apt-get install chromium) or set CHROMIUM=/path/to/it"
        )
    with sync_playwright() as driver:
        yield driver


class Watch:
    """What a page must not do: raise, log an error, or ask another server."""

    def __init__(self, page: Page) -> None:
        self.errors: list[str] = []
        self.hosts: set[str] = set()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda entry: self.errors.append(entry.text) if entry.type == "error" else None)
        page.on("request", lambda request: self.hosts.add(request.url.split("/")[2]))


@pytest.fixture
def open_page(playwright: Playwright, tmp_path: Path) -> Iterator[Callable[..., tuple[Page, Watch]]]:
    """Returns a function that opens an address in a browser whose camera shows a picture, and watches it."""
    with ExitStack() as stack:

        def open_it(
            url: str,
            frame: np.ndarray | None = None,
            *,
            film: Iterable[np.ndarray] | None = None,
            patterns: int = 0,
            allow: bool = True,
            **context,
        ) -> tuple[Page, Watch]:
            video = None
            if frame is not None:
                film = videos.jitter(frame)
            if film is not None:
                video = videos.write_y4m(tmp_path / "camera.y4m", film)
            browser = stack.enter_context(chrome(playwright, video=video, patterns=patterns, allow=allow))
            page = browser.new_context(**{"viewport": DESKTOP, **context}).new_page()
            page.set_default_timeout(PATIENCE_MS)
            watch = Watch(page)
            page.goto(url)
            return page, watch

        yield open_it
