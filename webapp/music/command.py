"""`python -m webapp backup FILE` and `restore FILE`: the music's data out of a server and into one."""

from __future__ import annotations

import argparse
from pathlib import Path

from webapp.settings import Settings

COPIES = "backups"
"""Folder in `DATA_DIR` of the copies that the server makes by itself."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describes both commands."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a SQLite file with all of the music's data")


def run_backup(arguments: argparse.Namespace, settings: Settings) -> int:
    """Writes a backup.

    Raises:
        AppError: If it cannot be made.
    """
    from webapp.music.catalogue.database import database_url
    from webapp.music.catalogue.restoring import back_up

    back_up(database_url(settings.database_url, settings.data_dir), arguments.file)
    print(f"All of the music's data is in {arguments.file} ({arguments.file.stat().st_size} bytes).")
    return 0


def run_restore(arguments: argparse.Namespace, settings: Settings) -> int:
    """Puts a backup in the place of what is there.

    Raises:
        AppError: If it cannot be restored; everything is then as it was before.
    """
    from webapp.music.catalogue.copies import Copies
    from webapp.music.catalogue.database import database_url
    from webapp.music.catalogue.restoring import restore

    url = database_url(settings.database_url, settings.data_dir)
    restored = restore(url, arguments.file, Copies(settings.data_dir / COPIES))
    counts = ", ".join(f"{number} {name}" for name, number in restored.counts.items())
    print(f"Restored {arguments.file}: {counts}.")
    if restored.restore_point:
        print(f"What was there before is in {restored.restore_point}.")
    return 0
