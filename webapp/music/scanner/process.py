"""Starts the scanner's process and says how far it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from webapp.concurrency.native_threads import native_threading
from webapp.music.catalogue.tables import SCANNING
from webapp.music.scanner.scan import has_beaten, is_running, num_unreadable, scan_row
from webapp.paths import PACKAGES

END_S = 10.0
"""How long a scanner may take to end after it has said that it is done."""


@dataclass(frozen=True)
class ScanProgress:
    """How far a scan is; see `tables.Scan`."""

    state: str
    num_found: int
    num_done: int
    num_problems: int
    message: str
    has_folder: bool

    @property
    def scanning(self) -> bool:
        """Whether a scanner is at work."""
        return self.state in SCANNING


def scan_progress(session: Session, *, has_folder: bool) -> ScanProgress:
    """Returns how far the scan is; a dead one counts as failed."""
    row = scan_row(session)
    state, message = row.state, row.message
    if state == "waiting":
        state = "reading" if has_beaten(row) else "failed"
        message = "" if state == "reading" else "The scanner did not start. Scan again."
    elif state in SCANNING and not is_running(session, row):
        state, message = (
            "failed",
            "The scanner has stopped without a word. Scan again; it goes on where it stopped.",
        )
    problems = num_unreadable(session)  # also those that were found out when they did not play
    return ScanProgress(state, row.num_found, row.num_done, problems, message, has_folder)


class ScannerProcess:
    """The scanner's process, at most one at a time; a second one of another server finds the first and ends."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, *, scanning: bool = False) -> None:
        """Starts a scan, unless one runs. Call it in a native thread.

        Args:
            scanning: Whether the child still works, by its own word; one that does not is about to end, and the
                new scan starts when it has.
        """
        if self._working() and (scanning or not self._ends()):
            return
        one_thread = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")}
        self._child = subprocess.Popen(
            [sys.executable, "-m", "webapp.music.scanner.scan", "--with-parent"],
            cwd=PACKAGES,
            env={**os.environ, **one_thread, **self._environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def is_working(self) -> bool:
        """Whether the child runs."""
        return self._working() is not None

    def stop(self) -> None:
        """Ends the child, if there is one; the next scan goes on where it stopped."""
        if child := self._working():
            child.terminate()
            child.wait(10)

    def _working(self) -> subprocess.Popen[bytes] | None:
        return self._child if self._child is not None and self._child.poll() is None else None

    def _ends(self) -> bool:
        """Waits for the child's end; false if it has not come after `END_S` seconds."""
        clock = native_threading().Event()
        for _ in range(round(END_S / 0.05)):
            if not self._working():
                return True
            clock.wait(0.05)
        return False
