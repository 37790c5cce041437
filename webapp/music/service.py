"""Music in a running app: the database, the policies, and what runs beside the requests."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from sqlalchemy.orm import Session

from webapp.concurrency.signals import Signals
from webapp.errors import AppError, NotThere, SettingsError
from webapp.music.catalogue import import_export, playlists, tracks
from webapp.music.catalogue.copies import Copies
from webapp.music.catalogue.database import Database, database_url
from webapp.music.catalogue.import_export import Imported
from webapp.music.catalogue.views import TrackView
from webapp.music.catalogue.visitors import Visitor
from webapp.music.choice.policies import Policy, PolicyError, parse_policies
from webapp.music.command import COPIES
from webapp.music.pools import MusicPools
from webapp.music.scanner.file_check import check_file
from webapp.music.scanner.process import ScannerProcess, ScanProgress, scan_progress
from webapp.music.scanner.scan import announce, is_unfinished
from webapp.music.sources import mood_file, read_address
from webapp.music.sources.fetching import Fetcher
from webapp.music.sources.files import path_of
from webapp.music.upkeep import Upkeep
from webapp.settings import Settings

log = logging.getLogger(__name__)
LIMIT_S = 8.0
"""Longest transaction; its visitor waits two seconds longer at most."""

SHIPPED_POLICIES = Path(__file__).parent / "policies.toml"

Result = TypeVar("Result")


@dataclass(frozen=True)
class WrittenMoods:
    """Where moods were written, in words that name no path of the server, and of how many files."""

    file: str
    num_tracks: int


class Music:
    """What `create_app` makes; the disk and the database are touched at first use."""

    def __init__(
        self,
        database: Database,
        policies: Mapping[str, Policy],
        signals: Signals,
        scanner: ScannerProcess,
        *,
        music_dir: Path | None = None,
        fetcher: Fetcher | None = None,
    ) -> None:
        self.database = database
        self._upkeep = Upkeep(database, music_dir, self._scan_again, self._is_scan_due)
        self.policies = policies
        self.music_dir = music_dir
        self._fetcher = fetcher or Fetcher(private=False)
        self.random = np.random.default_rng()
        self.pools = MusicPools.of(signals)
        self._scanner = scanner

    @classmethod
    def of(cls, settings: Settings, signals: Signals) -> Music:
        """Makes the music that the operator's settings describe.

        Raises:
            SettingsError: If one of them cannot be.
        """
        copies = Copies(settings.data_dir / COPIES)
        url = database_url(settings.database_url, settings.data_dir)
        database = Database(url, prepare=_prepare, copies=copies, limit_s=LIMIT_S)
        policies = load_policies(settings.music_policies or SHIPPED_POLICIES)
        scanner = ScannerProcess(
            {
                "DATABASE_URL": settings.database_url,
                "DATA_DIR": str(settings.data_dir),
                "MUSIC_DIR": str(settings.music_dir or ""),
            }
        )
        fetcher = Fetcher(private=settings.web_fetch == "any", offline=settings.web_fetch == "off")
        return cls(database, policies, signals, scanner, music_dir=settings.music_dir, fetcher=fetcher)

    def read(self, work: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """Returns `work(session, …)`; other visitors go on meanwhile."""
        return self.pools.database.run(self.database.read, work, *args, **kwargs)

    def write(self, work: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """Returns `work(session, …)`, which may change things; other visitors go on meanwhile."""
        return self.pools.database.run(self.database.write, work, *args, **kwargs)

    def add_address(self, address: str, visitor: Visitor) -> list[TrackView]:
        """Takes what is behind an address that a visitor has pasted into the catalogue.

        Raises:
            NotUnderstood: If it is no music that can be played here.
        """
        found = self.pools.fetches.run(read_address, address, self._fetcher)
        return self.write(tracks.view_added, found, visitor=visitor)

    def import_file(self, file_name: str, content: bytes, visitor: Visitor) -> Imported:
        """Makes a playlist of a file that a visitor has sent.

        Raises:
            NotUnderstood: If it is no playlist file.
        """
        read = self.pools.imports.run(import_export.read_file, file_name, content)
        return self.write(import_export.import_playlist, read, visitor=visitor)

    def export_file(self, playlist_id: int, suffix: str, visitor: Visitor) -> tuple[str, bytes]:
        """Returns a playlist's name and its file, see `import_export.write_file`."""
        view, rows = self.read(import_export.read_for_export, playlist_id, visitor=visitor)
        return view.name, self.pools.imports.run(import_export.write_file, view, rows, suffix)

    def check(self, track_id: int) -> TrackView:
        """Looks at a file that did not play, and returns its track."""
        key = self.read(tracks.file_key, track_id)
        self.write(tracks.mark, track_id, *self.pools.checks.run(check_file, self.music_dir, key))
        return self.read(tracks.get_track, track_id)

    def locate(self, track_id: int) -> Path | None:
        """Returns where a track's file is; `None` if it is gone."""
        key, folder = self.read(tracks.file_key, track_id), self.music_dir
        return self.pools.audio.run(path_of, folder, key) if folder else None

    def progress(self) -> ScanProgress:
        """Returns how far the scan of the music folder is."""
        return self.write(scan_progress, has_folder=self.music_dir is not None)

    def start_scan(self) -> None:
        """Starts a scan in a process of its own, unless one runs."""
        scanning = self.write(announce)
        self.pools.scans.run(self._scanner.start, scanning=scanning)

    def write_moods(self) -> WrittenMoods:
        """Writes the moods of the folder's files into the folder.

        Raises:
            NotThere: If there is no music folder.
            CannotWrite: If it cannot be written to, or a file of that name is not ours.
        """
        folder = self.music_dir
        if folder is None:
            raise NotThere("There is no music folder. The server's operator can set MUSIC_DIR to one.")
        moods = self.read(mood_file.known_moods)
        self.pools.moods.run(mood_file.write, folder, moods)
        return WrittenMoods(f"{folder.name}/{mood_file.NAME}", len(moods))

    def start(self) -> None:
        """Opens the database and scans the folder, in a native thread: the server starts without waiting."""
        self._upkeep.start(self._first_use)

    def _first_use(self) -> None:
        try:
            self.database.read(lambda session: None)
            if self.music_dir is not None:
                self._scan_again()
        except AppError as error:
            log.warning("%s", error)

    def _scan_again(self) -> None:
        self._scanner.start(scanning=self.database.write(announce))

    def _is_scan_due(self) -> bool:
        """Whether a scan has ended before its time, of this server or of another one with the same database."""
        return not self._scanner.is_working() and self.database.write(is_unfinished)

    def close(self) -> None:
        """Ends the scanner and the threads, and closes the database."""
        self._upkeep.close()
        self._scanner.stop()
        self.pools.close()
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
