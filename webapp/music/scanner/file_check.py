"""Files that did not play: what is wrong with them."""

from __future__ import annotations

from pathlib import Path

from webapp.music.catalogue.tables import NAME_LENGTH, clean
from webapp.music.sources.files import Unreadable, read_tags

BLOCK_FRAMES = 1 << 16
MIN_SHARE = 0.9


def problem_of(path: Path | None) -> tuple[str, str]:
    """Decodes a file to its end, where libsndfile knows its kind; slow.

    Returns:
        Its state, and what is wrong with it, for people.
    """
    if path is None:
        return "missing", "The file is gone."
    try:
        read_tags(path)
        if path.suffix.lower() not in (".m4a", ".aac"):
            _decode(path)
    except Unreadable as error:
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
