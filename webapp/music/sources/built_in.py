"""Pieces that the browser makes itself: there is music at the first visit, also offline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from webapp.core.affect import Point
from webapp.music import playlists
from webapp.music.tables import Playlist, Track
from webapp.web.i18n import to_translate

PIECES_PER_PLACE = 3
DURATION_S = 150.0


@dataclass(frozen=True)
class Place:
    """One built-in playlist; its pieces differ by the seed of their melodies.

    Attributes:
        key: Of the playlist; its pieces add their number.
        name: In English, as the catalogue keeps it; pages show it in the visitor's language.
        point: Where it is.
    """

    key: str
    name: str
    point: Point


PLACES = (
    Place("morning-light", to_translate("Morning light"), Point(0.7, 0.5)),
    Place("open-window", to_translate("Open window"), Point(0.7, 0.0)),
    Place("still-water", to_translate("Still water"), Point(0.6, -0.6)),
    Place("fast-train", to_translate("Fast train"), Point(0.1, 0.7)),
    Place("plain-day", to_translate("Plain day"), Point(0.0, 0.0)),
    Place("night-walk", to_translate("Night walk"), Point(0.0, -0.6)),
    Place("storm-front", to_translate("Storm front"), Point(-0.55, 0.55)),
    Place("grey-sky", to_translate("Grey sky"), Point(-0.6, 0.0)),
    Place("slow-rain", to_translate("Slow rain"), Point(-0.6, -0.4)),
)


def seed_pieces(session: Session) -> None:
    """Puts the pieces into the catalogue, where they are not there yet."""
    known = set(session.scalars(select(Playlist.key).where(Playlist.kind == "built_in")))
    for number, place in enumerate(PLACES):
        if place.key not in known:
            _add(session, place, first_seed=number * PIECES_PER_PLACE + 1)


def made_at(key: str) -> Point:
    """Returns where a piece is by its maker."""
    return next(place.point for place in PLACES if place.key == key.rpartition("-")[0])


def pieces_called(words: str, translate: Callable[[str], str]) -> tuple[str, ...]:
    """Returns the keys of the pieces whose title, in the visitor's language, holds some words."""
    titles = {
        f"{place.key}-{number}": f"{translate(place.name)} {number}"
        for place in PLACES
        for number in range(1, PIECES_PER_PLACE + 1)
    }
    return tuple(key for key, title in titles.items() if words and words.lower() in title.lower())


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
