"""Sends audio files, also in parts, without holding up other visitors."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Request, Response
from werkzeug.http import generate_etag
from werkzeug.wsgi import FileWrapper

from webapp.music.sources.files import AUDIO_TYPES

CHUNK_BYTES = 256 * 1024


class PatientFile(io.RawIOBase):
    """A file whose reads do not stop other visitors; it has no file number, so the server cannot read around them."""

    def __init__(self, path: Path, run_blocking: Callable[..., Any]) -> None:
        self._run = run_blocking
        self._file = run_blocking(path.open, "rb")

    def read(self, size: int = -1) -> bytes:
        """Reads up to `size` bytes."""
        return self._run(self._file.read, size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Goes to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Says the place."""
        return self._file.tell()

    def seekable(self) -> bool:
        """Can."""
        return True

    def readable(self) -> bool:
        """Can."""
        return True

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
        super().close()


def send_audio(request: Request, path: Path, run_blocking: Callable[..., Any]) -> Response:
    """Returns a file, or the part asked for: 200, 206, 304 or 416.

    Raises:
        OSError: If it cannot be read.
    """
    status = run_blocking(path.stat)
    file = PatientFile(path, run_blocking)
    response = Response(
        FileWrapper(file, CHUNK_BYTES),  # type: ignore[arg-type]
        mimetype=AUDIO_TYPES.get(path.suffix.lower(), "application/octet-stream"),
        direct_passthrough=True,
    )
    response.content_length = status.st_size
    response.last_modified = status.st_mtime  # type: ignore[assignment]
    response.cache_control.no_cache = None
    response.cache_control.private = True
    response.cache_control.max_age = 3600
    response.set_etag(generate_etag(f"{path.name}-{status.st_size}-{status.st_mtime_ns}".encode()))
    response.make_conditional(request, accept_ranges=True, complete_length=status.st_size)
    return response
