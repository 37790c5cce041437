"""Firefox, driven by WebDriver BiDi: Selenium's connection, without geckodriver, which Debian does not have."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from selenium.common import WebDriverException
from selenium.webdriver.common.bidi.common import command_builder
from selenium.webdriver.remote.websocket_connection import WebSocketConnection

from tests.support.browser.driven import PATIENCE_S, DrivenPage
from tests.support.waiting import wait_until

POLL_S = 0.005

SOUND = [
    "pulseaudio",
    "-n",
    "--daemonize=no",
    "--exit-idle-time=-1",
    "--disallow-exit",
    "-L",
    "module-null-sink",
]
"""A sound server without a loudspeaker: Firefox's audio never begins where there is none."""


def firefox_path() -> str | None:
    """Returns the path of the browser: `$FIREFOX`, or the system's; `None` if there is none."""
    return os.environ.get("FIREFOX") or shutil.which("firefox-esr") or shutil.which("firefox")


def missing_program() -> str | None:
    """Returns the first program that is missing, or `None`."""
    if firefox_path() is None:
        return "Firefox"
    return None if shutil.which(SOUND[0]) else SOUND[0]


class LogEntry:
    """What a page logs or raises; Selenium's own class expects a stack, which not every error has."""

    event_class = "log.entryAdded"

    @staticmethod
    def from_json(entry: dict[str, Any]) -> dict[str, Any]:
        return entry


class Firefox(DrivenPage):
    """A headless Firefox with a profile of its own, and one page in it."""

    def __init__(self, folder: Path) -> None:
        """Starts the browser.

        Args:
            folder: Empty folder for its profile and its log.
        """
        self.errors = []
        self._log = (folder / "firefox.log").open("wb")
        sound = folder / "sound"
        self._sound = subprocess.Popen(
            [*SOUND, "-L", f"module-native-protocol-unix socket={sound} auth-anonymous=1"],
            env={**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": str(folder)},
            stdout=self._log,
            stderr=self._log,
        )
        wait_until(sound.exists, what="the sound server")
        profile = folder / "profile"
        profile.mkdir()
        address = profile / "WebDriverBiDiServer.json"
        self._process = subprocess.Popen(
            [str(firefox_path()), "--headless", "--no-remote", "--profile", str(profile)]
            + ["--remote-debugging-port", "0", "about:blank"],
            env={
                **os.environ,
                "HOME": str(folder),
                "MOZ_CRASHREPORTER_DISABLE": "1",
                "PULSE_SERVER": f"unix:{sound}",
            },
            stdout=self._log,
            stderr=self._log,
        )
        wait_until(address.exists, what="Firefox's start")
        port = wait_until(lambda: json.loads(address.read_text() or "{}"), what="its address")["ws_port"]
        self._connection = WebSocketConnection(f"ws://127.0.0.1:{port}/session", PATIENCE_S, POLL_S)
        self._send("session.new", capabilities={})
        self._connection.add_callback(LogEntry, self._note)
        self._send("session.subscribe", events=["log.entryAdded"])
        self._context = self._send("browsingContext.getTree", maxDepth=0)["contexts"][0]["context"]
        self._first: str | None = None

    def _send(self, method: str, **params: Any) -> dict[str, Any]:
        """Sends a command of WebDriver BiDi and returns its result."""
        return self._connection.execute(command_builder(method, params))

    def _note(self, entry: dict[str, Any]) -> None:
        if entry["level"] == "error":
            self.errors.append(str(entry["text"]))

    def open(self, url: str, *, first: str = "") -> None:
        if self._first:
            self._send("script.removePreloadScript", script=self._first)
            self._first = None
        self._send("browsingContext.navigate", context=self._context, url="about:blank", wait="complete")
        if first:
            declaration = f"() => {{ {first} }}"
            self._first = self._send("script.addPreloadScript", functionDeclaration=declaration)["script"]
        self.errors.clear()
        self._send("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def run(self, expression: str) -> object:
        result = self._send(
            "script.evaluate",
            expression=f"(async () => JSON.stringify((await ({expression})) ?? null))()",
            target={"context": self._context},
            awaitPromise=True,
        )
        if result["type"] == "exception":
            raise WebDriverException(f"{result['exceptionDetails']['text']} in {expression}")
        return json.loads(result["result"]["value"])

    def _element(self, selector: str) -> dict[str, str]:
        nodes = self._send(
            "browsingContext.locateNodes", context=self._context, locator={"type": "css", "value": selector}
        )["nodes"]
        if not nodes:
            raise WebDriverException(f"no element is {selector}")
        return {"sharedId": nodes[0]["sharedId"]}

    def click(self, selector: str) -> None:
        self.run(f"document.querySelector({json.dumps(selector)}).scrollIntoView({{block: 'center'}})")
        place = {"type": "element", "element": self._element(selector)}
        steps = [
            {"type": "pointerMove", "x": 0, "y": 0, "origin": place},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}
        self._send("input.performActions", context=self._context, actions=[mouse])

    def choose_files(self, selector: str, files: list[Path]) -> None:
        self._send(
            "input.setFiles",
            context=self._context,
            element=self._element(selector),
            files=[str(file) for file in files],
        )

    def resize(self, size: dict[str, int]) -> None:
        self._send("browsingContext.setViewport", context=self._context, viewport=size)

    def picture(self) -> bytes:
        return base64.b64decode(
            self._send("browsingContext.captureScreenshot", context=self._context)["data"]
        )

    def close(self) -> None:
        """Ends the browser, and what listens to it."""
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        self._connection.close()
        self._sound.terminate()
        self._sound.wait(PATIENCE_S)
        self._log.close()
