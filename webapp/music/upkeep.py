"""What the music does by itself: a copy of the day; a scan when the music folder is back, or when one was cut off."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from webapp.concurrency.native_threads import native_threading
from webapp.errors import AppError
from webapp.music.catalogue.database import Database
from webapp.music.catalogue.engine import identity_of

EVERY_S = 15.0

log = logging.getLogger(__name__)


class Upkeep:
    """A native thread of its own: a disk that does not answer holds up nobody else."""

    def __init__(
        self,
        database: Database,
        folder: Path | None,
        scan: Callable[[], None],
        is_scan_due: Callable[[], bool] = lambda: False,
        *,
        every_s: float = EVERY_S,
    ) -> None:
        """Starts nothing yet.

        Args:
            database: Is copied once a day, if it keeps copies.
            folder: The music folder, if there is one.
            scan: Starts a scan; called in this thread.
            is_scan_due: Whether one was cut off, also another server's.
            every_s: Seconds between two looks.
        """
        self._database, self._scan, self._every_s = database, scan, every_s
        self._folder, self._is_scan_due = folder, is_scan_due
        self._known = identity_of(folder)
        self._ends = native_threading().Event()
        self._said = ""

    def start(self, first: Callable[[], None]) -> None:
        """Starts the thread, which does `first` before anything else."""

        def work() -> None:
            first()
            self._known = identity_of(self._folder)
            while not self._ends.wait(self._every_s):
                self.look()

        native_threading().Thread(target=work, name="music-upkeep", daemon=True).start()

    def close(self) -> None:
        """Ends the thread after what it does now."""
        self._ends.set()

    def look(self) -> None:
        """Does what is due."""
        try:
            if self._database.copies is not None:
                self._database.copies.daily(self._database.url)
            if self._has_come_back():
                log.info("the music folder has come back; it is scanned")
                self._scan()
            elif self._known is not None and self._is_scan_due():
                log.info("the scan of the music folder was cut off; it goes on here")
                self._scan()
            self._said = ""
        except (AppError, OSError) as error:
            if str(error) != self._said:
                self._said = str(error)
                log.warning("the music's copy of the day or its scan failed: %s", error)

    def _has_come_back(self) -> bool:
        """Whether the folder is there now, and at the last look was not, or was another, such as a mount point."""
        before, self._known = self._known, identity_of(self._folder)
        return self._known is not None and self._known != before
