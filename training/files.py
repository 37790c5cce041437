"""Files: atomic writes, which leave a file complete or not there, and where what is shipped lies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

_PACKAGES = Path(__file__).resolve().parents[1]
_IN_A_WHEEL = _PACKAGES / "countenance" / "shipped"
SHIPPED = _IN_A_WHEEL if _IN_A_WHEEL.is_dir() else _PACKAGES
"""Folder that holds `models`: a wheel has it inside (pyproject.toml), a checkout at its top."""


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Opens a temporary file that replaces `path` at the end; a failure or Ctrl-C leaves the old file.

    Raises:
        OSError: If the disk is full or not writable.
    """
    draft = path.with_name(path.name + ".part")
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def replace_text(path: Path, text: str) -> None:
    """Writes a text file atomically. Raises `OSError` and keeps the old file if that fails."""
    with replacing(path) as file:
        file.write(text.encode())
