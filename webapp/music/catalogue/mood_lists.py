"""Playlists by mood of a folder that has no order of its own: its files, divided by where they lie on the plane."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from webapp.core.affect import Point
from webapp.music.catalogue import playlists
from webapp.music.catalogue.tables import Playlist, Track
from webapp.web.i18n import to_translate

NAMES = {
    "bright-energetic": to_translate("Bright and energetic"),
    "bright-calm": to_translate("Bright and calm"),
    "tense-energetic": to_translate("Tense and energetic"),
    "sad-calm": to_translate("Sad and calm"),
}
"""English names by key; pages show them in the visitor's language."""

MIN_LISTS = 2
"""One playlist of all files would only repeat the folder's own."""


def quarter_of(point: Point) -> str:
    """Returns the key of the playlist in whose quarter of the plane a point lies."""
    if point.valence >= 0:
        return "bright-energetic" if point.arousal >= 0 else "bright-calm"
    return "tense-energetic" if point.arousal >= 0 else "sad-calm"


def divide(session: Session) -> None:
    """Makes, fills or removes the playlists by mood, as the music folder and the moods of its files are now."""
    found = _divided(session) if _is_flat(session) else {}
    if len(found) < MIN_LISTS:
        found = {}
    session.execute(delete(Playlist).where(Playlist.kind == "mood", Playlist.key.not_in(found)))
    rows = {row.key: row for row in session.scalars(select(Playlist).where(Playlist.kind == "mood"))}
    for key, track_ids in found.items():
        row = rows.get(key)
        if row is None:
            row = Playlist(kind="mood", key=key, name=NAMES[key], placed_by="tracks")
            session.add(row)
            session.flush()
        playlists.fill(session, row, track_ids)


def divide_again(session: Session) -> None:
    """Moves a file whose mood was corrected, where there are such playlists."""
    if session.scalar(select(Playlist.id).where(Playlist.kind == "mood").limit(1)) is not None:
        divide(session)


def _is_flat(session: Session) -> bool:
    """Whether the folder makes no more than one playlist by itself: all files lie in it, or in one subfolder."""
    keys = session.scalars(select(Track.key).where(Track.kind == "file"))
    return len({key.partition("/")[0] if "/" in key else "" for key in keys}) <= 1


def _divided(session: Session) -> dict[str, list[int]]:
    query = select(Track.id, Track.valence, Track.arousal).where(Track.kind == "file").order_by(Track.key)
    found: dict[str, list[int]] = {key: [] for key in NAMES}
    for number, valence, arousal in session.execute(query):
        if valence is not None and arousal is not None:
            found[quarter_of(Point(valence, arousal))].append(number)
    return {key: numbers for key, numbers in found.items() if numbers}
