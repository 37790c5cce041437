"""Pieces that the browser composes itself: there is music at the first visit, also offline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from webapp.core.affect import Point
from webapp.music.catalogue.tables import Playlist, Track
from webapp.web.i18n import to_translate

PIECES_PER_PLACE = 3
DURATION_S = 150.0


@dataclass(frozen=True)
class Place:
    """One built-in playlist; its pieces differ by the seed of their melodies.

    Attributes:
        key: Key of the playlist; its pieces add their number.
        name: English name, as the catalogue keeps it; pages show it in the visitor's language.
        point: Its place on the plane.
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


def make_playlist(place: Place) -> tuple[Playlist, list[Track]]:
    """Returns the rows of a built-in playlist and its pieces, not yet in the database."""
    at = {"valence": place.point.valence, "arousal": place.point.arousal}
    first_seed = PLACES.index(place) * PIECES_PER_PLACE + 1
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
    return Playlist(kind="built_in", key=place.key, name=place.name, placed_by="maker", **at), pieces
