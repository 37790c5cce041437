"""The threads of the music: each kind of blocking work has a few of its own, a bounded queue and a deadline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from webapp.concurrency.signals import Signals
from webapp.concurrency.work_pool import Bounds, WorkPool
from webapp.errors import AppError, ServerBusy
from webapp.music.catalogue.database import unavailable

RETRY_MS = 5000
LOWER_PRIORITY = 10

BOUNDS = {
    "database": Bounds(threads=1, queue=64, limit_s=10),
    "audio": Bounds(threads=4, queue=64, limit_s=10),
    "checks": Bounds(threads=1, queue=8, limit_s=45, niceness=LOWER_PRIORITY),
    "fetches": Bounds(threads=2, queue=4, limit_s=12),
    "imports": Bounds(threads=1, queue=4, limit_s=10),
    "moods": Bounds(threads=1, queue=2, limit_s=15),
    "scans": Bounds(threads=1, queue=2, limit_s=15),
}
WORDS = {
    "audio": "reads of music files",
    "checks": "checks of files",
    "fetches": "pasted addresses",
    "imports": "playlist files",
    "moods": "files of moods",
    "scans": "scans",
}


@dataclass(frozen=True)
class MusicPools:
    """One pool for each kind: what hangs in one, such as a disk or a far host, holds up none of the others.

    Attributes:
        database: One thread, because work in the database is done one piece at a time.
        audio: Reads of audio files, whose disk may be slow.
        checks: Checks of files that did not play; each takes a process.
        fetches: Requests to the web for pasted addresses; each takes a process.
        imports: Reading and writing of playlist files.
        moods: Files of moods, written into the music folder.
        scans: Starts of the scanner.
    """

    database: WorkPool
    audio: WorkPool
    checks: WorkPool
    fetches: WorkPool
    imports: WorkPool
    moods: WorkPool
    scans: WorkPool

    @classmethod
    def of(cls, signals: Signals) -> MusicPools:
        """Starts no thread yet."""

        pools = {
            name: WorkPool(
                signals,
                bounds,
                refuse=_full if name == "database" else _busy(WORDS[name]),
                name=f"music-{name}",
            )
            for name, bounds in BOUNDS.items()
        }
        return cls(**pools)

    def close(self) -> None:
        """Ends all threads; waits for what is under way in the database alone."""
        for pool in (self.scans, self.moods, self.imports, self.fetches, self.checks, self.audio):
            pool.close(wait_s=0.0)
        self.database.close()


def _full() -> AppError:
    return unavailable("too many wait for it, or it takes too long")


def _busy(what: str) -> Callable[[], AppError]:
    return lambda: ServerBusy(
        f"Too many {what} wait, or this one takes too long. Try again in a moment.",
        retry_after_ms=RETRY_MS,
    )
