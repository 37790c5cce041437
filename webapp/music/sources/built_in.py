"""Pieces that the browser makes itself: there is music at the first visit, also offline."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.core.affect import Point
from webapp.music import playlists
from webapp.music.tables import Playlist, Track

PIECES_PER_PLACE = 3
DURATION_S = 150.0


@dataclass(frozen=True)
class Place:
    """One built-in playlist; its pieces differ by the seed of their melodies."""

    key: str
    name: str
    point: Point


PLACES = (
    Place("morning-light", "Morning light", Point(0.7, 0.5)),
    Place("open-window", "Open window", Point(0.7, 0.0)),
    Place("still-water", "Still water", Point(0.6, -0.6)),
    Place("fast-train", "Fast train", Point(0.1, 0.7)),
    Place("plain-day", "Plain day", Point(0.0, 0.0)),
    Place("night-walk", "Night walk", Point(0.0, -0.6)),
    Place("storm-front", "Storm front", Point(-0.55, 0.55)),
    Place("grey-sky", "Grey sky", Point(-0.6, 0.0)),
    Place("slow-rain", "Slow rain", Point(-0.6, -0.4)),
)


def seed_pieces(session: Session) -> None:
    """Puts the pieces into the catalogue, where they are not there yet."""
    known = set(session.scalars(select(Playlist.key).where(Playlist.kind == "built_in")))
    for number, place in enumerate(PLACES):
        if place.key not in known:
            _add(session, place, first_seed=number * PIECES_PER_PLACE + 1)


def _add(session: Session, place: Place, *, first_seed: int) -> None:
    at = {"valence": place.point.valence, "arousal": place.point.arousal}
    pieces = [
        Track(
            kind="built_in",
            key=f"{place.key}-{number + 1}",
            title=f"{place.name} {number + 1}",
            duration_s=DURATION_S,
            mood_by="maker",
            details={"seed": first_seed + number},
            **at,
        )
        for number in range(PIECES_PER_PLACE)
    ]
    row = Playlist(kind="built_in", key=place.key, name=place.name, placed_by="maker", **at)
    session.add_all([*pieces, row])
    session.flush()
    playlists.fill(session, row, [piece.id for piece in pieces])
