"""The tables. A change of one needs a migration (webapp/music/catalogue/migrations)."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, MetaData, String, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

KEY_LENGTH = 1024
NAME_LENGTH = 200
LISTENER_LENGTH = 36
SHARED = ""
"""Owner of what belongs to everybody."""
UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
"""Characters that no database and no page can hold: control characters and halves of characters."""
SCANNING = ("reading", "listening")
"""States of a scan in which a scanner is at work."""

# Named, so that migrations can drop them again on every database.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What all tables share."""

    metadata = MetaData(naming_convention=NAMING)


class Playlist(Base):
    """Tracks in an order, at a point of the plane.

    Attributes:
        kind: `own`, `folder`, `mood` (of a folder's files, by their moods) or `built_in`.
        owner: Id of the visitor who alone sees it; `SHARED` for everybody.
        key: Path in the music folder of a folder's playlist; name of a built-in one.
        placed_by: Origin of the point: `user`, `maker`, or `tracks` for the mean of its tracks.
        deleted_at: Time of its deletion, Unix seconds; it can be restored for a day.
    """

    __tablename__ = "playlists"
    __table_args__ = (UniqueConstraint("kind", "key"), Index(None, "owner"))

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str | None] = mapped_column(String(KEY_LENGTH))
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    valence: Mapped[float | None]
    arousal: Mapped[float | None]
    placed_by: Mapped[str] = mapped_column(String(10))
    owner: Mapped[str] = mapped_column(String(LISTENER_LENGTH), default=SHARED, server_default=SHARED)
    deleted_at: Mapped[float | None]


class Track(Base):
    """Something that can be played.

    Attributes:
        kind: `file`, `stream`, `embed` or `built_in`.
        key: Unique within its kind: a path in the music folder, an address, a piece's name. Before the address of a
            visitor's own stand the visitor's id and a space, for a second visitor may paste the same one; a constraint
            with the owner in it would make SQLite rebuild the table, which deletes all entries.
        owner: Id of the visitor who pasted it and alone sees it; `SHARED` for everybody.
        mood_by: Origin of the mood: `user`, `tags`, `ear`, `maker`, or `nobody`.
        state: `ok`, `missing`, `unreadable` or `removed`; only what is ok is played.
        problem: Why it is not ok, for people.
        modified_ns: The file's time of change when it was read.
        listened: Whether its mood was looked for by ear, also in vain.
        scan: Number of the scan that saw it last.
        removed_at: Time of its removal by a visitor, Unix seconds; it can be restored for a day.
        places: Its places at that time: pairs of a playlist and a position.
        details: Facts that only its kind has, such as an embed's frame or a file's loudness.
    """

    __tablename__ = "tracks"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        Index(None, "kind", "state"),
        Index(None, "title", "id"),
        Index(None, "valence", "arousal", "state", "kind"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    key: Mapped[str] = mapped_column(String(KEY_LENGTH))
    title: Mapped[str] = mapped_column(String(NAME_LENGTH))
    artist: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    album: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    duration_s: Mapped[float | None]
    bpm: Mapped[float | None]
    valence: Mapped[float | None]
    arousal: Mapped[float | None]
    mood_by: Mapped[str] = mapped_column(String(10), default="nobody")
    state: Mapped[str] = mapped_column(String(10), default="ok")
    problem: Mapped[str] = mapped_column(String(NAME_LENGTH), default="")
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    modified_ns: Mapped[int | None] = mapped_column(BigInteger)
    listened: Mapped[bool] = mapped_column(default=False)
    scan: Mapped[int] = mapped_column(default=0)
    removed_at: Mapped[float | None]
    places: Mapped[list[list[int]] | None] = mapped_column(JSON(none_as_null=True))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    owner: Mapped[str] = mapped_column(String(LISTENER_LENGTH), default=SHARED, server_default=SHARED)

    @property
    def location(self) -> str:
        """The key without its owner: a path, an address or a piece's name."""
        return location_of(self.key, self.owner)


def location_of(key: str, owner: str) -> str:
    """Returns a track's key without its owner."""
    return key.removeprefix(f"{owner} ") if owner else key


class Entry(Base):
    """One place of a playlist. Positions count from 0 without gaps."""

    __tablename__ = "entries"
    __table_args__ = (
        Index(None, "playlist_id", "position", "track_id"),
        Index(None, "track_id", "playlist_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    playlist_id: Mapped[int] = mapped_column(ForeignKey("playlists.id", ondelete="CASCADE"))
    track_id: Mapped[int] = mapped_column(ForeignKey("tracks.id", ondelete="CASCADE"))
    position: Mapped[int]


class Feedback(Base):
    """What one listener did with one track. A listener is a visitor's random id, or a name that a client made up."""

    __tablename__ = "feedback"
    __table_args__ = (Index(None, "track_id"),)

    listener: Mapped[str] = mapped_column(String(LISTENER_LENGTH), primary_key=True)
    track_id: Mapped[int] = mapped_column(ForeignKey("tracks.id", ondelete="CASCADE"), primary_key=True)
    likes: Mapped[int] = mapped_column(default=0)
    skips: Mapped[int] = mapped_column(default=0)
    plays: Mapped[int] = mapped_column(default=0)


class JournalDay(Base):
    """How long a listener's settled expression was what, on one day; only for those who switched it on."""

    __tablename__ = "journal"

    listener: Mapped[str] = mapped_column(String(LISTENER_LENGTH), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    label: Mapped[str] = mapped_column(String(20), primary_key=True)
    seconds: Mapped[float] = mapped_column(default=0.0)


class Scan(Base):
    """The scan of the music folder: one row, number 1, shared by all processes.

    Attributes:
        number: Counts the scans.
        state: `idle`, `waiting` for a scanner that starts, `reading`, `listening`, `done` or `failed`.
        num_found: Files to read or to hear in this phase.
        num_done: Number of them that are done.
        num_problems: Files of the folder that cannot be read, as of the last count.
        beat_at: Time of the scanner's last sign of life, Unix seconds.
        message: Sentence that says what went wrong.
    """

    __tablename__ = "scans"

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(default=0)
    state: Mapped[str] = mapped_column(String(10), default="idle")
    num_found: Mapped[int] = mapped_column(default=0)
    num_done: Mapped[int] = mapped_column(default=0)
    num_problems: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[float | None]
    beat_at: Mapped[float | None]
    message: Mapped[str] = mapped_column(String(500), default="")


def clean(text: str, limit: int) -> str:
    """Returns one line without control characters and halves of characters, cut to a length."""
    return " ".join(UNFIT.sub(" ", text).split())[:limit].strip()


def is_clean(text: str) -> bool:
    """Whether a text holds nothing that would be left out."""
    return UNFIT.search(text) is None
