"""What each page costs a visitor: `python -m benchmarks.serving.pages [--loads 5]` prints a table.

Every page of the navigation is opened in a Chromium with an empty cache, and again with what it cached. Bytes are those
on the wire, headers included; the server compresses nothing. The camera of the live page is started, so that what loads
only then is counted.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.browser.chrome import DESKTOP, PHONE, chrome
from tests.support.servers import SHIPPED, Server

WATCH = """window.seen = {paint: 0, largest: 0, shift: 0};
const watch = (type, act) =>
  new PerformanceObserver(list => list.getEntries().forEach(act)).observe({type, buffered: true});
watch("paint", entry => { if (entry.name === "first-contentful-paint") seen.paint = entry.startTime; });
watch("largest-contentful-paint", entry => { seen.largest = entry.startTime; });
watch("layout-shift", entry => { if (!entry.hadRecentInput) seen.shift += entry.value; });"""


@dataclass(frozen=True)
class Load:
    """One opening of a page.

    Attributes:
        bytes_by_kind: Bytes on the wire by Chromium's resource type: Document, Stylesheet, Script, Image, …
        requests: Number of requests, without those answered from the browser's cache.
        paint_ms: Milliseconds to the first contentful paint.
        largest_ms: Milliseconds to the largest contentful paint.
        shift: Cumulative layout shift that the visitor did not cause.
    """

    bytes_by_kind: dict[str, int]
    requests: int
    paint_ms: float
    largest_ms: float
    shift: float

    @property
    def bytes_without_images(self) -> int:
        """Bytes that the budget of a page limits."""
        return sum(count for kind, count in self.bytes_by_kind.items() if kind != "Image")


@contextmanager
def _watched(page: Page) -> Iterator[tuple[Counter[str], dict[str, str]]]:
    """Counts the bytes on the wire while open; yields bytes by type, and the type of every request."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    kinds: dict[str, str] = {}
    sizes: Counter[str] = Counter()

    def received(event: dict) -> None:
        if not event["response"].get("fromDiskCache"):
            kinds[event["requestId"]] = event["type"]

    def finished(event: dict) -> None:
        if event["requestId"] in kinds:
            sizes[kinds[event["requestId"]]] += int(event["encodedDataLength"])

    session.on("Network.responseReceived", received)
    session.on("Network.loadingFinished", finished)
    yield sizes, kinds
    session.detach()


def load(page: Page, url: str) -> Load:
    """Opens a page, starts its camera if it has one, and waits until the network is idle."""
    page.add_init_script(WATCH)
    with _watched(page) as (sizes, kinds):
        page.goto(url, wait_until="networkidle")
        page.wait_for_function("() => seen.paint > 0")  # it may be told after the network has become idle
        seen = page.evaluate("seen")
        if page.locator("#welcome #start").is_visible():
            page.click("#welcome #start")
            page.wait_for_selector("#status[data-code=no_face], #status[data-code=too_dark]", timeout=60_000)
            page.wait_for_timeout(1500)
        sent = {kind: count for kind, count in sizes.items() if kind != "WebSocket"}
        requests = sum(kind != "WebSocket" for kind in kinds.values())
    return Load(sent, requests, seen["paint"], seen["largest"], seen["shift"])


def pages_of(page: Page, url: str) -> list[str]:
    """Returns the addresses in the navigation."""
    page.goto(url)
    return page.locator(".top nav a").evaluate_all("links => links.map(link => link.href)")


def measure(browser: Browser, url: str, *, viewport: dict[str, int], loads: int) -> list[tuple[Load, Load]]:
    """Returns for each load of a page its costs with an empty cache, and again with what was cached."""
    pairs = []
    for _ in range(loads):
        context = browser.new_context(viewport=viewport)
        pairs.append((load(context.new_page(), url), load(context.new_page(), url)))
        context.close()
    return pairs


def _row(name: str, pairs: list[tuple[Load, Load]]) -> str:
    first, again = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    kinds = first[0].bytes_by_kind
    parts = [kinds.get(kind, 0) / 1000 for kind in ("Document", "Stylesheet", "Script")]
    total = first[0].bytes_without_images / 1000
    return (
        f"| {name} | {total:.0f} | {' / '.join(f'{part:.0f}' for part in parts)} | {first[0].requests} "
        f"| {again[0].bytes_without_images / 1000:.0f} "
        f"| {statistics.median(one.paint_ms for one in first):.0f} "
        f"| {statistics.median(one.paint_ms for one in again):.0f} "
        f"| {max(one.shift for one in first):.3f} |"
    )


def main() -> None:
    """Prints one row per page and size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loads", type=int, default=5)
    loads = parser.parse_args().loads
    columns = "page", "kB without images", "document / styles / scripts", "requests", "kB again"
    print(f"| {' | '.join(columns)} | first paint, ms | again | shift |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "log", MODEL_DIR=str(SHIPPED)).start()
        try:
            with sync_playwright() as playwright, chrome(playwright, patterns=1) as browser:
                for address in pages_of(browser.new_page(), server.url):
                    for name, size in (("phone", PHONE), ("desktop", DESKTOP)):
                        pairs = measure(browser, address, viewport=size, loads=loads)
                        print(_row(f"{address.removeprefix(server.url)}, {name}", pairs), flush=True)
        finally:
            server.stop()


if __name__ == "__main__":
    main()
