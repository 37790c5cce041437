"""Every page in Firefox and WebKit: it comes without an error, and fits phones and desktops."""

from __future__ import annotations

import pytest

from tests.support.browser.chrome import DESKTOP, PHONE

pytestmark = pytest.mark.browser

PAGES = ["/", "/photos", "/music", "/model", "/about", "/api"]


@pytest.mark.parametrize("path", [*PAGES, "/?kiosk=1", "/nowhere"])
def test_a_page_opens_without_an_error_and_without_sideways_scrolling(server, page, path):
    page.open(f"{server.url}{path}")
    assert page.text("h1")
    for size in (DESKTOP, PHONE):
        page.resize(size)
        assert page.overflow() == 0, size
    assert page.errors == []


def test_these_are_all_pages(server, page):
    page.open(server.url)
    links = page.run("[...document.querySelectorAll('header nav a, footer a')].map(link => link.pathname)")
    assert links == PAGES
