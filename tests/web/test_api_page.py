"""The API's documentation in a real browser, under the page's own content security policy."""

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_documentation_is_drawn_from_here_alone_and_can_be_tried(server, open_page, scheme):
    page, watch = open_page(f"{server.url}/api", color_scheme=scheme)
    page.wait_for_selector(".opblock")
    assert page.locator(".opblock-summary-path", has_text="/readyz").count() == 1
    page.click(".opblock-summary-control:has-text('/readyz')")
    page.click("text=Try it out")
    page.click(".execute")
    page.wait_for_selector(".live-responses-table >> text=model2-ferplus-balanced")
    assert page.locator("html.dark-mode").count() == (scheme == "dark")
    assert watch.errors == []
    assert watch.hosts == {server.url.removeprefix("http://")}
