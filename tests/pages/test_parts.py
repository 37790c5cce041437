"""The parts that pages share and that have a will of their own: passing messages and tabs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.chrome import PHONE

pytestmark = pytest.mark.browser

TABS = """
<div class="tabs" role="tablist" aria-label="Kinds">
  <button role="tab" id="a" aria-controls="pa" aria-selected="true">One</button>
  <button role="tab" id="b" aria-controls="pb" aria-selected="false">Two</button>
  <button role="tab" id="c" aria-controls="pc" aria-selected="false">Three</button>
</div>
<p role="tabpanel" id="pa" aria-labelledby="a">first</p><p role="tabpanel" id="pb" aria-labelledby="b">second</p>
<p role="tabpanel" id="pc" aria-labelledby="c">third</p>"""


@pytest.fixture
def page(server, new_page):
    """A page of the product whose clock the test moves."""
    page = new_page(viewport=PHONE, locale="en")
    page.clock.install()
    page.goto(f"{server.url}/about")
    return page


def import_of(page: Page, name: str) -> str:
    """Returns the address of a module in the version that the page has."""
    sheet = page.locator("link[rel=stylesheet]").first.get_attribute("href")
    return sheet.replace("/css/tokens.css", f"/js/{name}")


@pytest.fixture
def toasts(page):
    page.evaluate(
        """async address => {
          const {createToasts} = await import(address);
          const region = document.body.appendChild(document.createElement("div"));
          region.className = "toasts", region.setAttribute("role", "status");
          window.undone = [];
          window.toasts = createToasts(region);
        }""",
        import_of(page, "shared/toasts.js"),
    )
    return page


def show(page: Page, text: str, *, undo: bool = True) -> None:
    page.evaluate(
        "([text, undo]) => toasts.show({text, undo: undo ? () => undone.push(text) : undefined})",
        [text, undo],
    )


def test_undo_takes_back_and_the_message_goes(toasts):
    show(toasts, "The song <b>is</b> gone.")
    expect(toasts.locator(".toast p")).to_have_text("The song <b>is</b> gone.")
    toasts.get_by_role("button", name="Undo").click()
    assert toasts.evaluate("undone") == ["The song <b>is</b> gone."]
    expect(toasts.locator(".toast")).to_have_count(0)


def test_a_message_leaves_by_itself_but_not_under_the_pointer_or_the_focus(toasts):
    show(toasts, "Saved.", undo=False)
    expect(toasts.get_by_role("button", name="Undo")).to_have_count(0)
    toasts.clock.fast_forward(7000)
    expect(toasts.locator(".toast")).to_have_count(1)
    toasts.get_by_role("button", name="Close").focus()
    toasts.clock.fast_forward(20_000)
    expect(toasts.locator(".toast")).to_have_count(1)
    toasts.evaluate("document.activeElement.blur()")
    toasts.clock.fast_forward(9000)
    expect(toasts.locator(".toast")).to_have_count(0)


def test_the_next_message_takes_the_place_of_the_last(toasts):
    show(toasts, "One.")
    toasts.clock.fast_forward(5000)
    show(toasts, "Two.")
    expect(toasts.locator(".toast p")).to_have_text(["Two."])
    toasts.clock.fast_forward(5000)  # the first one's time is over, the second's is not
    expect(toasts.locator(".toast p")).to_have_text(["Two."])
    toasts.get_by_role("button", name="Close").click()
    expect(toasts.locator(".toast")).to_have_count(0)
    assert toasts.evaluate("undone") == []


def test_tabs_are_chosen_by_click_and_arrow(page):
    page.evaluate(
        """async ([address, html]) => {
          document.getElementById("main").innerHTML = html;
          (await import(address)).setUpTabs(document.querySelector("[role=tablist]"));
        }""",
        [import_of(page, "shared/tabs.js"), TABS],
    )
    shown = page.locator("[role=tabpanel]:visible")
    expect(shown).to_have_text(["first"])
    page.get_by_role("tab", name="Two").click()
    expect(shown).to_have_text(["second"])
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(shown).to_have_text(["first"])
    expect(page.get_by_role("tab", name="One")).to_be_focused()
    assert page.locator("[role=tab][tabindex='0']").count() == 1
