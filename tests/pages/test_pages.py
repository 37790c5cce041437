"""What all pages share, in a real Chromium."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.support.browser.steps import wait_for_status

pytestmark = pytest.mark.browser


def test_about_says_what_is_kept_and_what_is_forbidden(server, open_page):
    page, watch = open_page(f"{server.url}/about")
    summaries = page.locator(".four summary")
    assert [one.split("\n")[0].strip() for one in summaries.all_inner_texts()] == [
        "Sent", "Kept", "Shared with others", "Forbidden"
    ]  # fmt: skip
    assert "Article 5(1)(f)" not in page.inner_text("main")  # four lines, until they are opened
    for summary in summaries.all():
        summary.click()
    text = page.inner_text("main")
    assert "No picture. Each is forgotten with its answer" in text
    assert text.count("Kept here for the music page") == 1  # what is kept of it stands in one place
    assert "this server itself asks that site" in text
    assert "Playlists and addresses can be removed there" in text
    assert "Article 5(1)(f)" in text
    assert "Article 50(3)" in text
    assert re.search(r"names the right one of seven expressions for\s+\d\d\.\d\s%", text)
    assert watch.errors == []


def test_the_language_is_chosen_on_any_page_and_remembered_on_all(server, open_page):
    page, watch = open_page(f"{server.url}/model")
    page.get_by_role("button", name="Deutsch").click()
    expect(page).to_have_url(f"{server.url}/model")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.goto(server.url)
    page.get_by_role("button", name="Kamera starten").click()
    wait_for_status(page, "missing")
    expect(page.locator("#status")).to_have_text(
        "Keine Kamera gefunden. Schließen Sie eine an und starten Sie dann neu."
    )
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert watch.errors == []


def test_a_browser_that_asks_for_german_gets_it(server, open_page):
    page, _ = open_page(server.url, locale="de-AT")
    expect(page.get_by_role("button", name="Kamera starten")).to_be_visible()
    assert page.context.cookies() == []


def test_the_model_page_keeps_its_heat_on_paper_and_its_headings_with_what_follows(server, open_page):
    page, watch = open_page(f"{server.url}/model")
    page.emulate_media(media="print")
    heat = page.locator(".matrix td.right").first
    assert heat.evaluate("cell => getComputedStyle(cell).printColorAdjust") == "exact"
    for place, rule in (
        ("h2#calibrated", "breakAfter"),
        (".reliability", "breakInside"),
        (".matrix", "breakInside"),
    ):
        value = page.locator(place).evaluate("(element, rule) => getComputedStyle(element)[rule]", rule)
        assert value == "avoid", place
    assert watch.errors == []
