"""Starts the scanner's process and says how far it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from webapp.music.scan import is_running, scan_row
from webapp.settings import ROOT


@dataclass(frozen=True)
class Progress:
    """How far a scan is; see `tables.Scan`."""

    state: str
    num_found: int
    num_done: int
    num_problems: int
    message: str
    has_folder: bool


def progress(session: Session, *, has_folder: bool) -> Progress:
    """Returns how far the scan is; a dead one counts as failed."""
    row = scan_row(session)
    state, message = row.state, row.message
    if state in ("reading", "listening") and not is_running(row):
        state, message = (
            "failed",
            "The scanner has stopped without a word. Scan again; it goes on where it stopped.",
        )
    return Progress(state, row.num_found, row.num_done, row.num_problems, message, has_folder)


class ScannerProcess:
    """At most one child at a time; one more that another server runs ends by itself."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = dict(environment)
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts a scan, unless one runs."""
        if self._child is not None and self._child.poll() is None:
            return
        one_thread = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")}
        self._child = subprocess.Popen(
            [sys.executable, "-m", "webapp.music.scan", "--with-parent"],
            cwd=ROOT,
            env={**os.environ, **one_thread, **self._environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def stop(self) -> None:
        """Ends the child, if there is one; the next scan goes on where it stopped."""
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()
            self._child.wait(10)
