"""A page of Firefox and one of WebKit: each test here runs in both, where they are installed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.support.browser import firefox, webkit
from tests.support.browser.driven import DrivenPage
from tests.support.servers import Server


def _need(missing: str | None, packages: str) -> None:
    """Skips a test without its browser; where `EVERY_BROWSER` is set, as in CI, the test fails."""
    if missing is None:
        return
    reason = f"no {missing} found: install it (Debian: apt-get install {packages})"
    if os.environ.get("EVERY_BROWSER"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="package", params=["firefox", "webkit"])
def page(
    request: pytest.FixtureRequest, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[DrivenPage]:
    """A page that the tests use one after the other: a browser needs seconds to start, and works until it is closed."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "firefox":
        _need(firefox.missing_program(), "firefox-esr pulseaudio")
        browser: DrivenPage = firefox.Firefox(folder)
    else:
        _need(webkit.missing_program(), "webkit2gtk-driver xvfb")
        browser = webkit.WebKit(folder, f"{server.url}/healthz")
    with closing(browser):
        yield browser
