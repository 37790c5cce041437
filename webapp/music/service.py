"""Music in a running app: the database, the policies, and what runs beside the requests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from sqlalchemy.orm import Session

from webapp.core.policies import Policy, PolicyError, parse_policies
from webapp.errors import SettingsError
from webapp.music import playlists
from webapp.music.database import Database, database_url
from webapp.music.sources.built_in import seed_pieces
from webapp.settings import Settings

SHIPPED_POLICIES = Path(__file__).parent / "policies.toml"

Result = TypeVar("Result")


class Music:
    """What `create_app` makes; the disk and the database are touched at first use."""

    def __init__(
        self,
        database: Database,
        policies: Mapping[str, Policy],
        run_blocking: Callable[..., Any],
        *,
        music_dir: Path | None = None,
    ) -> None:
        self.database = database
        self.policies = policies
        self.music_dir = music_dir
        self.random = np.random.default_rng()
        self._run_blocking = run_blocking

    @classmethod
    def of(cls, settings: Settings, run_blocking: Callable[..., Any]) -> Music:
        """Makes the music that the operator's settings describe.

        Raises:
            SettingsError: If one of them cannot be.
        """
        database = Database(database_url(settings.database_url, settings.data_dir), prepare=_prepare)
        policies = load_policies(settings.music_policies or SHIPPED_POLICIES)
        return cls(database, policies, run_blocking, music_dir=settings.music_dir)

    def read(self, work: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """Returns `work(session, …)`; other visitors go on meanwhile."""
        return self._run_blocking(self.database.read, work, *args, **kwargs)

    def write(self, work: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        """Returns `work(session, …)`, which may change things; other visitors go on meanwhile."""
        return self._run_blocking(self.database.write, work, *args, **kwargs)

    def close(self) -> None:
        """Closes the database."""
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
    seed_pieces(session)
    playlists.forget_deleted(session)
