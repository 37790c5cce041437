"""Real server processes for tests."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "models" / "model2-ferplus-balanced"
START_LIMIT_S = 180
OF_TENSORFLOW = r"WARNING: All log messages before absl|[IWE]0000 |To enable the following instructions"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`python -m webapp serve` on a port of its own; can be stopped, and started again on the same port."""

    def __init__(self, log_path: Path, **settings: str) -> None:
        """Starts nothing yet.

        Args:
            log_path: File for the output; its folder also holds the data, unless the settings name another.
            settings: Environment variables of the server.
        """
        self.port = int(settings.get("PORT", free_port()))
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = log_path
        own = {"HOST": "127.0.0.1", "DATA_DIR": str(log_path.parent / "data")}
        self._environment = {**os.environ, **own, **settings, "PORT": str(self.port)}
        self.process: subprocess.Popen | None = None

    def start(self) -> Server:
        """Starts the process and waits until it is ready."""
        self.launch()
        return self.wait()

    def wait(self) -> Server:
        """Waits until the process, which `launch` has started, is ready."""
        try:
            wait_until(self._ready, START_LIMIT_S, "the server's start")
        except AssertionError as error:
            raise RuntimeError(f"{error}\n{self.log()}") from error
        return self

    def _ready(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log()}")
        return self.get("/readyz") == 200

    def launch(self) -> None:
        """Starts the process without waiting."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "webapp", "serve"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ends the process and returns its exit code; SIGKILL, which a parent cannot pass on, also goes to workers."""
        if number == signal.SIGKILL:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        code = self.process.wait(60)
        # A killed worker may outlive its parent by a moment.
        wait_until(lambda: not self._listening(), what="the end of the worker")
        return code

    def kill(self) -> None:
        """Ends the process and its workers at once, if they run: for tests that are not about a graceful end."""
        if self.alive():
            self.stop(signal.SIGKILL)

    def _listening(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def get(self, path: str) -> int | None:
        """Returns the status of a GET, or `None` without an answer."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        except OSError:
            return None

    def own_lines(self) -> list[str]:
        """Returns the lines of the log without TensorFlow's about the machine."""
        return [line for line in self.log().splitlines() if not re.match(OF_TENSORFLOW, line)]

    def log(self) -> str:
        return self.log_path.read_text(errors="replace")


def while_alive(server: Server) -> Iterator[Server]:
    """Yields a started server to tests that it must survive, and ends it."""
    yield server
    assert server.alive(), server.log()
    server.kill()
