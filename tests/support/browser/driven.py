"""What tests do with a browser that Playwright does not drive: Firefox and WebKit, through Selenium."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from pathlib import Path

from tests.support.waiting import wait_until

PATIENCE_S = 60.0
"""How long a page may take to show what is expected: a limit for a slow machine, not for the product."""


class DrivenPage(ABC):
    """One page of a running browser.

    Attributes:
        errors: What the open page raised, logged as an error or could not load, since it was opened.
    """

    errors: list[str]

    @abstractmethod
    def open(self, url: str, *, first: str = "") -> None:
        """Opens an address and waits until it is loaded.

        Args:
            url: Address of the app.
            first: Script that runs before the page's own, in its window.
        """

    @abstractmethod
    def run(self, expression: str) -> object:
        """Returns the value of a JavaScript expression, which may await, as JSON carries it."""

    @abstractmethod
    def click(self, selector: str) -> None:
        """Scrolls to an element and clicks it with the mouse."""

    @abstractmethod
    def choose_files(self, selector: str, files: list[Path]) -> None:
        """Chooses files in a file field."""

    @abstractmethod
    def resize(self, size: dict[str, int]) -> None:
        """Gives the page a size, in CSS pixels."""

    @abstractmethod
    def picture(self) -> bytes:
        """Returns what is seen, as PNG."""

    def wait_for(self, condition: str, limit_s: float = PATIENCE_S) -> object:
        """Waits until an expression is true and returns its value; an error names it and what the page says."""
        try:
            return wait_until(lambda: self.run(condition), limit_s, condition)
        except AssertionError as error:
            raise AssertionError(f"{error}\nerrors: {self.errors}\n{self.text('main')}") from error

    def text(self, selector: str) -> str:
        """Returns the text of an element as it is seen; empty without the element."""
        return str(self.run(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def wait_for_text(self, selector: str, text: str) -> None:
        """Waits until an element holds exactly this text, whatever style makes of its letters."""
        self.wait_for(
            f"document.querySelector({json.dumps(selector)})?.textContent.trim() === {json.dumps(text)}"
        )

    def overflow(self) -> int:
        """Returns the number of CSS pixels by which the page is wider than its window."""
        return int(self.run("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
