"""Files that did not play: what is wrong with them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from webapp.errors import AppError
from webapp.music import tracks
from webapp.music.sources.files import Unreadable, path_of, read_tags
from webapp.music.tables import NAME_LENGTH
from webapp.music.texts import clean
from webapp.music.views import NotThere

BLOCK_FRAMES = 1 << 16
MIN_SHARE = 0.9


class FileGone(AppError):
    """A file that was there when the folder was read."""

    code = "file_gone"
    http_status = 404


def locate(session: Session, track_id: int, folder: Path | None) -> Path | None:
    """Returns where a track's file is; `None` if it is gone.

    Raises:
        NotThere: If there is no such track, or it is no file.
    """
    row = tracks.find(session, track_id)
    if row.kind != "file":
        raise NotThere(f"Track {track_id} is no file. It is played from its own address.")
    return path_of(folder, row.key) if folder else None


def note_gone(session: Session, track_id: int) -> None:
    """Notes that a file is gone, so that it is not chosen again."""
    tracks.mark(session, track_id, "missing", "The file is gone.")


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
