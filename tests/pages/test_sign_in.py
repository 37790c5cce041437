"""The sign-in page and the operator's, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.pages.test_access import LOOKS, look_of
from tests.support.browser.axe import violations

pytestmark = pytest.mark.browser
TOKEN, OPERATOR = "a-token-for-visitors", "a-token-for-the-operator"


@pytest.fixture(scope="module")
def guarded(artifact, start_server):
    return start_server(MODEL_DIR=str(artifact), ACCESS_TOKEN=TOKEN, OPERATOR_TOKEN=OPERATOR)


@pytest.mark.parametrize("look", LOOKS, ids=look_of)
def test_axe_finds_nothing_on_the_way_in(new_page, guarded, look):
    page = new_page(**look)
    page.goto(f"{guarded.url}/operator")
    assert violations(page) == []
    page.locator("#token").fill("a guess")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    assert violations(page) == []
    page.locator("#token").fill(OPERATOR)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{guarded.url}/operator")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_visitor_signs_in_by_keyboard_looks_live_and_signs_out(new_page, guarded):
    page = new_page()
    page.goto(guarded.url)
    expect(page.locator("#token")).to_be_focused()
    page.keyboard.type(TOKEN)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{guarded.url}/")
    # The socket is let in by the cookie alone.
    joined = page.evaluate(
        """async () => {
          const { io } = await import(document.querySelector('script[src*="/static/"]').src
            .replace(/\\/js\\/.*/, "/vendor/socket.io.esm.min.js"));
          const socket = io("/live", { transports: ["websocket"] });
          return await new Promise((done) => {
            socket.on("hello", () => { socket.close(); done("hello"); });
            socket.on("connect_error", (error) => done(error.message));
          });
        }"""
    )
    assert joined == "hello"
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{guarded.url}/sign-in")
    page.goto(f"{guarded.url}/about")
    expect(page).to_have_url(f"{guarded.url}/sign-in?back=/about")
