"""Results kept while a long labelling runs, so that an interruption costs nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, Any

from webapp.errors import SettingsError
from webapp.label.sources import Source


class State:
    """A file of one JSON line per finished photo, behind a first line that names the model."""

    def __init__(self, path: Path, *, model: str) -> None:
        """Opens the file, or begins it.

        Raises:
            SettingsError: If it cannot be written, is something else, or is of another model.
        """
        self._done: dict[tuple[str, str], dict[str, Any]] = {}
        first = {"countenance": "label", "model": model}
        try:
            whole_bytes = self._load(path, first) if path.exists() and path.stat().st_size else 0
            self._file: IO[str] = path.open("r+" if path.exists() else "w", encoding="utf-8")
            self._file.truncate(whole_bytes)  # a line that was cut short is written again
            self._file.seek(whole_bytes)
        except OSError as error:
            raise SettingsError(
                f"Cannot use {path} to resume ({error.strerror}). Choose another file."
            ) from error
        if not whole_bytes:
            self._write(first)

    def get(self, source: Source) -> dict[str, Any] | None:
        """Returns what was found in a photo that has not changed since; failures are tried again."""
        return self._done.get((source.name, source.stamp))

    def add(self, source: Source, result: dict[str, Any]) -> None:
        """Keeps a result."""
        if "error" not in result:
            self._write({"stamp": source.stamp, "result": result})

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _write(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def _load(self, path: Path, first: dict[str, str]) -> int:
        """Reads what is there and returns how many bytes of it are whole."""
        whole = path.read_bytes()
        whole = whole[: whole.rfind(b"\n") + 1]
        try:
            head, *lines = (json.loads(line) for line in whole.decode().splitlines())
            self._done = {(line["result"]["name"], line["stamp"]): line["result"] for line in lines}
        except (ValueError, KeyError, TypeError) as error:
            raise SettingsError(
                f"{path} is no file of an earlier labelling. Name another, or a new one."
            ) from error
        if head != first:
            raise SettingsError(
                f"{path} is of another model: expected {first['model']}, received {head.get('model')}. "
                "Name a new file, or set MODEL_DIR to that model."
            )
        return len(whole)
