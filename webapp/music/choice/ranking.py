"""Which playlist and which track come next: near the target, liked before, not heard just now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from webapp.core.affect import Point

PREFERENCE_WEIGHT = 0.5
"""What is always liked counts as this much nearer, what is always skipped as this much further away."""

SPREAD = 0.1
"""Whatever scores this little below the best may be drawn too: the same mood must not mean the same song."""

Why = Literal["nearest", "liked", "among_near", "only_one", "stay"]


@dataclass(frozen=True)
class Candidate:
    """Something that can come next, a playlist or a track.

    Attributes:
        id: Id in the catalogue.
        point: Its place; `None` if unknown, which counts as the middle of the plane.
        likes: Number of likes, >= 0.
        skips: Number of skips, >= 0.
        bonus: Further distance in its favour, >= 0.
    """

    id: int
    point: Point | None
    likes: int = 0
    skips: int = 0
    bonus: float = 0.0


@dataclass(frozen=True)
class Choice:
    """What comes next, and why.

    Attributes:
        id: Id of the chosen one.
        why: `liked` if its feedback made it the best, `nearest` if none is nearer, `among_near` if it was drawn from
            those about as good, `only_one` if there was no other, `stay` if its bonus decided.
        distance: From the target.
        score: See `score`.
    """

    id: int
    why: Why
    distance: float
    score: float


def preference_score(likes: int, skips: int) -> float:
    """Returns how well something is liked, -1..1: twice the mean of a Beta(1 + likes, 1 + skips), less one.

    Nothing known is 0, one like 1/3, two likes 1/2: opinions count more the more there are of them.
    """
    return (likes - skips) / (2 + likes + skips)


def score(candidate: Candidate, target: Point) -> float:
    """Returns how good it is, as a negative distance corrected by feedback; higher is better."""
    return (
        candidate.bonus
        + PREFERENCE_WEIGHT * preference_score(candidate.likes, candidate.skips)
        - _distance(candidate, target)
    )


def _distance(candidate: Candidate, target: Point) -> float:
    return (candidate.point or Point(0.0, 0.0)).distance(target)


def choose(
    candidates: Sequence[Candidate], target: Point, *, recent: Sequence[int], random: np.random.Generator
) -> Choice | None:
    """Chooses what comes next.

    Args:
        candidates: Playlists or tracks to choose from.
        target: Wanted place.
        recent: Ids heard just now, the last one first: not chosen again while something else is left, and
            the one heard longest ago returns first.
        random: Draws among those within `SPREAD` of the best.

    Returns:
        `None` if there are no candidates.
    """
    fresh = _rested(candidates, recent)
    if not fresh:
        return None
    scores = {candidate.id: score(candidate, target) for candidate in fresh}
    best = max(scores.values())
    good = [candidate for candidate in fresh if scores[candidate.id] >= best - SPREAD]
    chosen = good[int(random.integers(len(good)))]
    return Choice(
        chosen.id, _why(chosen, candidates, fresh, target), _distance(chosen, target), scores[chosen.id]
    )


def _rested(candidates: Sequence[Candidate], recent: Sequence[int]) -> list[Candidate]:
    rested = [candidate for candidate in candidates if candidate.id not in recent]
    if rested or not candidates:
        return rested
    age = {number: place for place, number in reversed(list(enumerate(recent)))}
    oldest = max(age[candidate.id] for candidate in candidates)
    return [candidate for candidate in candidates if age[candidate.id] == oldest]


def _why(
    chosen: Candidate, candidates: Sequence[Candidate], fresh: Sequence[Candidate], target: Point
) -> Why:
    if len(candidates) == 1:
        return "only_one"
    nearest = min(_distance(candidate, target) for candidate in fresh)
    if _distance(chosen, target) <= nearest:
        return "nearest"
    if preference_score(chosen.likes, chosen.skips) > 0:
        return "liked"
    return "stay" if chosen.bonus else "among_near"
