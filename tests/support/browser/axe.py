"""axe-core in a page: violations of WCAG 2.2 AA."""

from __future__ import annotations

from functools import cache

from playwright.sync_api import Page

from tests.support.servers import ROOT

SOURCE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]


@cache
def _source() -> str:
    return SOURCE.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """Returns axe's findings, each as `rule: problem: element`.

    The script is evaluated, because the page's content security policy blocks script elements.
    """
    page.evaluate(_source())
    found = page.evaluate(
        "async tags => (await axe.run(document, {runOnly: {type: 'tag', values: tags}})).violations", TAGS
    )
    return [f"{one['id']}: {one['help']}: {node['html'][:160]}" for one in found for node in one["nodes"]]
