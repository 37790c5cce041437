"""The page of photos in Firefox and WebKit."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.browser.chrome import DESKTOP, PHONE
from tests.support.photos import encode, portrait

pytestmark = pytest.mark.browser


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """A smiling face, as most cameras and as newer phones keep it."""
    files = {"smile.jpg": encode("JPEG", portrait(400)), "phone.heic": encode("HEIF", portrait(400))}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in files]


def wait_for_readings(page, number):
    page.wait_for(f"document.querySelectorAll('.photo[data-state=done]').length === {number}")


def test_photos_get_their_labels_a_thumbnail_and_a_reason(server, page, photos):
    page.resize(DESKTOP)
    page.open(f"{server.url}/photos")
    page.choose_files("#files", photos)
    wait_for_readings(page, 2)
    page.wait_for_text("#summary", "2 faces in 2 photos")
    labels = page.run(
        "[...document.querySelectorAll('.photo [data-part=label]')].map(one => one.textContent)"
    )
    assert labels == ["happy", "happy"]
    page.wait_for(
        "[...document.querySelectorAll('.photo img')].filter(one => one.naturalWidth > 0).length === 2"
    )
    page.resize(PHONE)
    assert page.overflow() == 0
    page.click(".photo [data-part=open]")
    page.wait_for("document.querySelectorAll('#viewer .face-box').length === 1")
    page.click("#viewer [data-part=why]")
    page.wait_for("document.querySelectorAll('#viewer image.heat').length === 1")
    assert page.errors == []


def test_sample_photos_are_read(server, page):
    page.open(f"{server.url}/photos")
    page.click("#samples")
    wait_for_readings(page, 4)
    assert page.errors == []
