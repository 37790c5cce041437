"""Steps that several browser tests share."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def wait_for_status(page: Page, code: str) -> None:
    expect(page.locator("#status")).to_have_attribute("data-code", code)


def start(page: Page, code: str = "reading") -> None:
    page.click("#start")
    wait_for_status(page, code)
