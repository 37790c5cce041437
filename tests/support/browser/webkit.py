"""WebKitGTK, driven by Selenium through WebKitWebDriver, on a screen in memory (Xvfb)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path

from selenium.common import WebDriverException
from selenium.webdriver import WebKitGTK, WebKitGTKOptions
from selenium.webdriver.common.by import By
from selenium.webdriver.webkitgtk.service import Service

from tests.support.browser.driven import PATIENCE_S, DrivenPage
from tests.support.waiting import wait_until

ARGUMENTS = ["--automation", "--full-screen", "--javascript-can-open-windows-automatically=true"]
"""Full screen has no tool bar, which is wider than a phone."""
LARGEST = "1600x1200x24"

OPEN = """window.opened?.close();
const opened = window.opened = window.open(arguments[0], "_blank");
const errors = window.errors = [];
const listen = (type, wordsOf) => opened.addEventListener(type, (it) => errors.push(wordsOf(it)), true);
listen("error", (it) => it.message || `cannot load ${it.target.src ?? it.target.href}`);
listen("unhandledrejection", (it) => `unhandled: ${it.reason}`);
listen("securitypolicyviolation", (it) => `forbidden: ${it.blockedURI}`);
opened.console.error = (...all) => errors.push(all.join(" "));
(({ window, document, navigator }) => { %s })(opened);"""
"""The window of an empty page stays when an address of the same site is opened in it: who listens to it from the start
misses nothing. WebKitWebDriver can neither run a script before the page's own nor tell what the console says. Pages
forbid `eval`, so the first script is a function of the opener and gets the window's objects."""


def missing_program() -> str | None:
    """Returns the first program that is missing, or `None`."""
    return next((name for name in ("WebKitWebDriver", "Xvfb") if not shutil.which(name)), None)


class WebKit(DrivenPage):
    """A WebKitGTK on a screen of its own, and one page in it."""

    def __init__(self, folder: Path, start: str) -> None:
        """Starts a screen and the browser.

        Args:
            folder: Folder for its log.
            start: Light address of the app, from which the pages are opened.
        """
        with ExitStack() as ending:
            self._start(folder, ending)
            self._driver.set_script_timeout(PATIENCE_S)
            self._driver.get(start)
            self._home = self._driver.current_window_handle
            self._ending = ending.pop_all()

    def _start(self, folder: Path, ending: ExitStack) -> None:
        number, end = os.pipe()
        screen = subprocess.Popen(
            ["Xvfb", "-displayfd", str(end), "-screen", "0", LARGEST, "-nolisten", "tcp"],
            pass_fds=[end],
            stderr=subprocess.DEVNULL,
        )
        ending.callback(screen.wait, PATIENCE_S)
        ending.callback(screen.terminate)
        os.close(end)
        with os.fdopen(number) as file:
            display = file.readline().strip()
        options = WebKitGTKOptions()
        for argument in ARGUMENTS:
            options.add_argument(argument)
        service = Service(
            log_output=str(folder / "webkit.log"),
            env={**os.environ, "HOME": str(folder), "DISPLAY": f":{display}", "LIBGL_ALWAYS_SOFTWARE": "1"},
        )
        ending.callback(lambda: service.log_output.close())
        self._driver = WebKitGTK(options, service)
        ending.callback(self._driver.quit)

    @property
    def errors(self) -> list[str]:  # type: ignore[override]
        return list(self._driver.execute_script("return window.opener.errors"))

    def open(self, url: str, *, first: str = "") -> None:
        self._driver.switch_to.window(self._home)
        self._driver.execute_script(OPEN % first, url)
        wait_until(lambda: len(self._driver.window_handles) == 2, what="the page's window")
        (page,) = set(self._driver.window_handles) - {self._home}
        self._driver.switch_to.window(page)
        self.wait_for("location.href !== 'about:blank' && document.readyState === 'complete'")

    def run(self, expression: str) -> object:
        answer = self._driver.execute_async_script(
            f"""const done = arguments[0];
            (async () => JSON.stringify({{ value: (await ({expression})) ?? null }}))()
              .catch((error) => JSON.stringify({{ error: String(error) }})).then(done);"""
        )
        answer = json.loads(answer)
        if "error" in answer:
            raise WebDriverException(f"{answer['error']} in {expression}")
        return answer["value"]

    def click(self, selector: str) -> None:
        self.run(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        self._driver.find_element(By.CSS_SELECTOR, selector).click()

    def choose_files(self, selector: str, files: list[Path]) -> None:
        self._driver.find_element(By.CSS_SELECTOR, selector).send_keys("\n".join(map(str, files)))

    def resize(self, size: dict[str, int]) -> None:
        self._driver.set_window_rect(0, 0, size["width"], size["height"])
        self.wait_for(f"innerWidth === {size['width']}")

    def picture(self) -> bytes:
        return self._driver.get_screenshot_as_png()

    def close(self) -> None:
        """Ends the browser and its screen."""
        self._ending.close()
