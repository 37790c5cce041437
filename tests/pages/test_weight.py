"""What a page may cost: bytes without images, and no shifting under the reader's eyes."""

from __future__ import annotations

import pytest

from benchmarks.serving.pages import load, pages_of
from tests.support.browser.chrome import PHONE

pytestmark = pytest.mark.browser

MOST_BYTES = 250_000  # on the wire, headers included, uncompressed, images left out
MOST_BYTES_AGAIN = 50_000  # the page itself with its texts, and what it asks for: everything else was kept
MOST_SHIFT = 0.1  # "good" by Core Web Vitals


def test_every_page_is_light_at_first_and_lighter_again(server, browsers, new_page):
    for address in pages_of(new_page(patterns=1), server.url):
        context = browsers.get(patterns=1).new_context(viewport=PHONE, locale="de-DE")
        first, again = load(context.new_page(), address), load(context.new_page(), address)
        assert 5_000 < first.bytes_without_images < MOST_BYTES, (address, first.bytes_by_kind)
        assert again.bytes_without_images < MOST_BYTES_AGAIN, (address, again.bytes_by_kind)
        assert first.paint_ms > 0
        assert first.shift < MOST_SHIFT, address
        context.close()
