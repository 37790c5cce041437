"""Music in a running app: the database, the policies, and what runs beside the requests."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from sqlalchemy.orm import Session

from webapp.concurrency.blocking import RunBlocking
from webapp.concurrency.limiter import Limiter
from webapp.concurrency.native_threads import native_threading
from webapp.errors import AppError, SettingsError
from webapp.music.catalogue import playlists, tracks
from webapp.music.catalogue.database import MAX_WAITING, Database, database_url, unavailable
from webapp.music.catalogue.views import TrackView
from webapp.music.choice.policies import Policy, PolicyError, parse_policies
from webapp.music.scanner.process import ScannerProcess, ScanProgress, scan_progress
from webapp.music.sources import read_address
from webapp.music.sources.fetching import Fetcher
from webapp.settings import Settings

log = logging.getLogger(__name__)
SHIPPED_POLICIES = Path(__file__).parent / "policies.toml"

SLOT_TIMEOUT_S = 10

Result = TypeVar("Result")


class Music:
    """What `create_app` makes; the disk and the database are touched at first use."""

    def __init__(
        self,
        database: Database,
        policies: Mapping[str, Policy],
        run_blocking: RunBlocking,
        scanner: ScannerProcess,
        *,
        music_dir: Path | None = None,
        fetcher: Fetcher | None = None,
    ) -> None:
        self.database = database
        self.policies = policies
        self.music_dir = music_dir
        self._fetcher = fetcher or Fetcher(private=False)
        self.random = np.random.default_rng()
        self._run_blocking = run_blocking
        self._scanner = scanner
        # The native threads that wait in the database also analyse frames: music must not take them all.
        self._limiter = Limiter(
            MAX_WAITING,
            queue=None,
            refuse=lambda: unavailable("too many wait for it"),
            timeout_s=SLOT_TIMEOUT_S,
        )

    @classmethod
    def of(cls, settings: Settings, run_blocking: RunBlocking) -> Music:
        """Makes the music that the operator's settings describe.

        Raises:
            SettingsError: If one of them cannot be.
        """
        database = Database(database_url(settings.database_url, settings.data_dir), prepare=_prepare)
        policies = load_policies(settings.music_policies or SHIPPED_POLICIES)
        scanner = ScannerProcess(
            {
                "DATABASE_URL": settings.database_url,
                "DATA_DIR": str(settings.data_dir),
                "MUSIC_DIR": str(settings.music_dir or ""),
            }
        )
        fetcher = Fetcher(private=settings.web_fetch == "any", offline=settings.web_fetch == "off")
        return cls(database, policies, run_blocking, scanner, music_dir=settings.music_dir, fetcher=fetcher)

    def read(self, work: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """Returns `work(session, …)`; other visitors go on meanwhile."""
        with self._limiter.slot():
            return self._run_blocking(self.database.read, work, *args, **kwargs)

    def write(self, work: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """Returns `work(session, …)`, which may change things; other visitors go on meanwhile."""
        with self._limiter.slot():
            return self._run_blocking(self.database.write, work, *args, **kwargs)

    def add_address(self, address: str) -> list[TrackView]:
        """Takes what is behind a pasted address into the catalogue.

        Raises:
            NotUnderstood: If it is no music that can be played here.
        """
        found = self._run_blocking(read_address, address, self._fetcher)
        return [self.write(tracks.add_track, track) for track in found]

    def progress(self) -> ScanProgress:
        """Returns how far the scan of the music folder is."""
        return self.write(scan_progress, has_folder=self.music_dir is not None)

    def start_scan(self) -> None:
        """Starts a scan in a process of its own, unless one runs."""
        scanning = self.progress().scanning
        self._run_blocking(lambda: self._scanner.start(scanning=scanning))

    def start(self) -> None:
        """Opens the database and scans the folder, in a native thread: the server starts without waiting."""
        native_threading().Thread(target=self._first_use, name="music-start", daemon=True).start()

    def _first_use(self) -> None:
        try:
            self.database.read(lambda session: None)
            if self.music_dir is not None:
                self._scanner.start()
        except AppError as error:
            log.warning("%s", error)

    def close(self) -> None:
        """Ends the scanner and closes the database."""
        self._scanner.stop()
        self.database.close()


def load_policies(path: Path) -> dict[str, Policy]:
    """Reads a policy file.

    Raises:
        SettingsError: If it cannot be read or is none.
    """
    try:
        return parse_policies(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The policy file {path} cannot be read ({error}). See MUSIC_POLICIES."
        ) from error
    except PolicyError as error:
        raise SettingsError(f"{path}: {error}") from error


def _prepare(session: Session) -> None:
    tracks.seed_built_in(session)
    playlists.forget_deleted(session)
    tracks.forget_removed(session)
