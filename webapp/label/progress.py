"""How far a labelling is, on stderr: results have stdout to themselves."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LINE_EVERY_S = 10.0


@contextlib.contextmanager
def waiting(sentence: str) -> Iterator[None]:
    """Says on stderr what takes a while; in a terminal the line is gone afterwards."""
    is_live = sys.stderr.isatty()
    sys.stderr.write(sentence if is_live else f"{sentence}\n")
    sys.stderr.flush()
    try:
        yield
    finally:
        if is_live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class LabelProgress:
    """How far it is, on stderr: one line that changes in a terminal, else a line now and then."""

    def __init__(self, total: int, things: str) -> None:
        self._things, self._note = things, ""
        self._total, self._done, self._fresh, self.num_failed, self._no_face = total, 0, 0, 0, 0
        self._started_s = self._said_s = time.monotonic()
        self._live = sys.stderr.isatty()

    def count(self, result: dict[str, Any], *, fresh: bool) -> None:
        """Counts a photo in."""
        self._done += 1
        self._fresh += fresh
        self.num_failed += "error" in result
        seen = result["shares"] if "samples" in result else result["faces"]
        self._no_face += "error" not in result and not seen
        self._note = ""
        self._say()

    def note(self, name: str, t_s: float) -> None:
        """Says how far a clip is; callable from any thread."""
        self._note = f"; {Path(name).name} at {t_s:.0f} s"
        self._say()

    def _say(self) -> None:
        now_s = time.monotonic()
        if self._live or now_s - self._said_s > LINE_EVERY_S:
            self._said_s = now_s
            start, end = ("\r\x1b[K", "") if self._live else ("", "\n")
            sys.stderr.write(f"{start}{self._sentence()}{self._note}{end}")
            sys.stderr.flush()

    def clear(self) -> None:
        """Makes room for a line of the result."""
        if self._live:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def end(self, words: str = "") -> None:
        """Says what came of it."""
        self.clear()
        sys.stderr.write(f"{words + ' ' if words else ''}{self._sentence()}\n")

    def _sentence(self) -> str:
        seconds = max(time.monotonic() - self._started_s, 1e-6)
        known = f", {self._done - self._fresh} known before" if self._done > self._fresh else ""
        return (
            f"{self._done} of {self._total} {self._things}, {self._no_face} without a face, "
            f"{self.num_failed} failed{known}: "
            f"{self._fresh / seconds:.1f} {self._things}/s in {seconds:.1f} s"
        )
