"""Steps that several browser tests share."""

from __future__ import annotations

from playwright.sync_api import Page, expect


def wait_for_status(page: Page, code: str) -> None:
    expect(page.locator("#status")).to_have_attribute("data-code", code)


def start(page: Page, code: str = "reading") -> None:
    page.click("#start")
    wait_for_status(page, code)


def unfold(page: Page) -> None:
    """Opens the folds of the music page, which are closed at first."""
    for fold in ("following", "library"):
        if page.locator(f"#{fold}").get_attribute("open") is None:
            page.click(f"#{fold} > summary")
