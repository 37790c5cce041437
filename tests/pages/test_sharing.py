"""Shared links, the home screen and the browser's tab: tags with absolute addresses, a manifest, icons."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from tests.support.app import make_app

PAGES = ("/", "/photos", "/music", "/model", "/about", "/api")


@pytest.fixture(scope="module")
def client():
    return make_app(ALLOWED_HOSTS="faces.example").test_client()


def tags_of(text: str) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:property|name)="((?:og|twitter):[^"]+)" content="([^"]*)"', text))


@pytest.mark.parametrize("page", PAGES)
def test_a_shared_link_has_a_title_a_sentence_and_a_picture(client, page):
    text = client.get(page, base_url="https://faces.example").get_data(as_text=True)
    tags = tags_of(text)
    assert tags["og:title"] == re.search("<title>(.*)</title>", text)[1]
    assert len(tags["og:description"]) > 20
    assert tags["og:url"] == f"https://faces.example{page}"
    assert tags["og:image"] == "https://faces.example/share.jpg"
    assert tags["twitter:card"] == "summary_large_image"


def test_the_picture_of_a_link_has_the_size_that_the_tags_say(client):
    tags = tags_of(client.get("/").get_data(as_text=True))
    with client.get("/share.jpg") as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=86400"
        assert len(answer.data) < 100_000
        size = Image.open(io.BytesIO(answer.data)).size
    assert size == (int(tags["og:image:width"]), int(tags["og:image:height"])) == (1200, 630)


@pytest.mark.parametrize(
    ("address", "kind"), [("/favicon.ico", "image/"), ("/apple-touch-icon.png", "image/png")]
)
def test_icons_are_found_where_browsers_look(client, address, kind):
    with client.get(address) as answer:
        assert answer.status_code == 200
        assert answer.mimetype.startswith(kind)
        assert Image.open(io.BytesIO(answer.data)).width >= 48


def test_the_manifest_names_icons_that_are_there_and_no_worker(client):
    answer = client.get("/manifest.webmanifest", headers={"Accept-Language": "de"})
    assert answer.mimetype == "application/manifest+json"
    content = answer.get_json()
    assert (content["start_url"], content["display"], content["lang"]) == ("/", "standalone", "de")
    assert {icon["purpose"] for icon in content["icons"]} == {"any", "maskable"}
    for icon in content["icons"]:
        with client.get(icon["src"]) as picture:
            assert "x".join(map(str, Image.open(io.BytesIO(picture.data)).size)) == icon["sizes"]
    assert "serviceworker" not in content
    for shortcut in content["shortcuts"]:
        assert client.get(shortcut["url"]).status_code == 200


def test_the_page_names_the_manifest_and_the_touch_icon(client):
    text = client.get("/").get_data(as_text=True)
    assert '<link rel="manifest" href="/manifest.webmanifest">' in text
    assert '<link rel="apple-touch-icon" href="/apple-touch-icon.png">' in text
