"""What the music page keeps of a visitor, and a server whose music nobody can change; in a real Chromium."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import videos
from tests.support.browser.steps import unfold
from tests.support.servers import SHIPPED, Server, while_alive

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(start_server) -> Iterator[Server]:
    yield from while_alive(start_server(MODEL_DIR=str(SHIPPED), MUSIC_EDITS="nobody"))


def be_read_for(page: Page, milliseconds: int) -> None:
    page.click("#camera-start")
    expect(page.locator("#settling")).to_have_js_property("value", 1)
    page.wait_for_timeout(milliseconds)
    page.click("#camera-stop")
    expect(page.locator("#preview")).to_be_hidden()


def test_the_journal_is_off_until_switched_on_and_is_exported_and_deleted(server, open_page, tmp_path):
    page, watch = open_page(f"{server.url}/music", videos.one_face())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(f"{request.method} {request.url.split('?')[0]}"))
    note = f"POST {server.url}/api/v1/music/journal"
    be_read_for(page, 2500)
    assert note not in asked
    unfold(page)
    page.click("#tab-privacy")
    expect(page.get_by_label("Keep a journal")).not_to_be_checked()
    expect(page.locator("#journal-empty")).to_be_visible()
    page.get_by_label("Keep a journal").check()
    be_read_for(page, 2500)
    assert note in asked
    page.click("#tab-keys")
    page.click("#tab-privacy")
    expect(page.locator("#journal-lines tr")).to_have_count(1)
    day, label, minutes = page.locator("#journal-lines tr > *").all_inner_texts()
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", day)
    assert (label, minutes) == ("happy", "0.1")
    with page.expect_download() as download:
        page.click("#journal-export")
    download.value.save_as(tmp_path / "journal.json")
    (line,) = json.loads((tmp_path / "journal.json").read_text())["lines"]
    assert (line["day"], line["label"]) == (day, "happy")
    assert 1 <= line["seconds"] < 9
    assert set(line) == {"day", "label", "seconds"}
    page.reload()
    unfold(page)
    page.click("#tab-privacy")
    expect(page.get_by_label("Keep a journal")).to_be_checked()
    page.get_by_role("button", name="Delete all of it").click()
    expect(page.locator("#journal-empty")).to_be_visible()
    expect(page.locator("#journal-lines tr")).to_have_count(0)
    assert watch.errors == []


def test_likes_and_skips_are_forgotten(server, open_page):
    page, _ = open_page(f"{server.url}/music")
    page.click("#toggle")
    expect(page.locator("#now")).to_have_attribute("data-phase", "playing")
    with page.expect_response("**/music/feedback"):
        page.click("#like")
    unfold(page)
    page.click("#tab-privacy")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as forgotten:
        page.get_by_role("button", name="Forget my likes and skips").click()
    assert forgotten.value.status == 204
    expect(page.locator(".toast")).to_contain_text("Your likes and skips are forgotten.")


def test_where_nobody_may_change_the_music_it_plays_and_offers_no_change(server, open_page):
    page, watch = open_page(f"{server.url}/music")
    unfold(page)
    page.get_by_role("button", name=re.compile("^Night walk")).click()
    expect(page.locator("#open-list .track")).to_have_count(3)
    for offer in ("Duplicate to edit", "Delete", "Create", "Add"):
        assert page.get_by_role("button", name=offer, exact=True).count() == 0, offer
    assert (
        page.locator("#import, #new-list, #open-list .plane:visible, #open-list input:visible").count() == 0
    )
    page.get_by_role("button", name="Play this").click()
    expect(page.locator("#now-title")).to_have_text(re.compile("^Night walk"))
    expect(page.locator("#now")).to_have_attribute("data-phase", "playing")
    with page.expect_response("**/music/feedback") as liked:
        page.click("#like")
    assert liked.value.ok
    page.click("#tab-folder")
    expect(page.locator("#track-list .track")).to_have_count(27)
    assert page.locator("#panel-folder button:visible").count() == 0
    assert watch.errors == []
