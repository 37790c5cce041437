"""Files that did not play: what is wrong with them.

Each is decoded by a process of its own (`python -m webapp.music.scanner.file_check`, the path on its standard input): a
file that hangs or crashes a decoder does no harm to the server, and soundfile's lock, which eventlet would have made
green, is never met by two native threads.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
from pathlib import Path

from webapp.concurrency.child_process import ProcessFailed, ProcessTooSlow, ask_process
from webapp.errors import ServerBusy
from webapp.music.catalogue.tables import NAME_LENGTH, clean
from webapp.music.sources.files import Unreadable, path_of, read_tags, will_pass

BLOCK_FRAMES = 1 << 16
MIN_SHARE = 0.9

LIMIT_S = 30.0
"""Longest check. An hour of FLAC takes about ten seconds."""
MEMORY_BYTES = 1024**3
"""Address space that a check may take besides what its process has to begin with."""

RETRY_MS = 10_000

Verdict = tuple[str, str]
"""A file's state, and what is wrong with it, for people."""

log = logging.getLogger(__name__)


def check_file(folder: Path | None, key: str, *, limit_s: float = LIMIT_S) -> Verdict:
    """Lets a process of its own look at a file; blocking.

    Args:
        folder: The music folder, if there is one.
        key: The file's path in it.
        limit_s: Longest check, in seconds.

    Raises:
        ServerBusy: If it takes too long; nothing is known of the file then.
    """
    command = [sys.executable, "-m", "webapp.music.scanner.file_check"]
    try:
        path = path_of(folder, key) if folder else None
        if path is None:
            return "missing", "The file is gone."
        state, problem = json.loads(
            ask_process(command, os.fsencode(path), limit_s=limit_s, max_bytes=64 * 1024)
        )
    except (ProcessFailed, ProcessTooSlow, OSError, ValueError) as error:
        if isinstance(error, ProcessFailed) and error.has_crashed:
            return "unreadable", "The file is damaged in a way that crashes its decoder."
        log.warning("the check of a file was given up: %s", str(error) or type(error).__name__)
        raise ServerBusy(
            "The check of this file came to no end and was given up. Try again later.",
            retry_after_ms=RETRY_MS,
        ) from None
    return state, problem


def problem_of(path: Path) -> Verdict:
    """Decodes a file to its end, where libsndfile knows its kind; slow.

    Raises:
        Unreadable: If it could not be read for a reason that is not the file's.
    """
    try:
        read_tags(path)
        if path.suffix.lower() not in (".m4a", ".aac"):
            _decode(path)
    except Unreadable as error:
        if will_pass(error):
            raise
        return "unreadable", clean(str(error), NAME_LENGTH)
    return "ok", ""


def _decode(path: Path) -> None:
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            num_read = sum(len(block) for block in file.blocks(BLOCK_FRAMES, dtype="float32"))
            if num_read < MIN_SHARE * file.frames or num_read == 0:
                raise Unreadable("The file breaks off: it holds less sound than it says.")
    except (soundfile.SoundFileError, OSError) as error:
        raise Unreadable(f"The sound cannot be decoded: {error}") from error


def _limit_myself() -> None:
    """Bounds this process, which reads what strangers made, also where its server is gone."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (int(LIMIT_S), int(LIMIT_S) + 1))
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit_bytes = pages * resource.getpagesize() + MEMORY_BYTES
        resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))


def main() -> None:
    """Answers with the verdict as JSON."""
    _limit_myself()
    verdict = problem_of(Path(os.fsdecode(sys.stdin.buffer.read())))
    with contextlib.suppress(BrokenPipeError):
        print(json.dumps(verdict), flush=True)


if __name__ == "__main__":
    main()
