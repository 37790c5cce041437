"""Expressions as points on the plane of valence and arousal, and which point and which label have settled.

References:
    Russell 1980, A circumplex model of affect, J. Pers. Soc. Psychol. 39(6): the plane.
    Russell & Mehrabian 1977, Evidence for a three-factor theory of emotions, J. Res. Pers. 11(3), 273-294: mean ratings
    of pleasure and arousal for the words happy, surprised, sad, angry, fearful and disgusted. We have not seen the
    article's own table, only copies of it; docs/reference/music.md says in what they agree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Point:
    """A place on the plane.

    Attributes:
        valence: From unpleasant, -1, to pleasant, 1.
        arousal: From quiet, -1, to active, 1.
    """

    valence: float
    arousal: float

    def __post_init__(self) -> None:
        if not (-1 <= self.valence <= 1 and -1 <= self.arousal <= 1):
            raise ValueError(
                "`valence` and `arousal` must be in [-1, 1]. "
                f"Received: valence={self.valence}, arousal={self.arousal}"
            )

    def distance(self, other: Point) -> float:
        """Returns the straight distance, 0..2.83."""
        return math.hypot(self.valence - other.valence, self.arousal - other.arousal)

    def moved(self, goal: Point, by: float) -> Point:
        """Returns the point `by` nearer to `goal`, at most `goal` itself."""
        away = self.distance(goal)
        if away <= by:
            return goal
        share = by / away
        return Point(
            self.valence + share * (goal.valence - self.valence),
            self.arousal + share * (goal.arousal - self.arousal),
        )


CENTER = Point(0.0, 0.0)

EXPRESSIONS: Mapping[str, Point] = {
    "angry": Point(-0.51, 0.59),
    "disgust": Point(-0.60, 0.35),
    "fear": Point(-0.64, 0.60),
    "happy": Point(0.81, 0.51),
    "sad": Point(-0.63, -0.27),
    "surprise": Point(0.40, 0.67),
    "neutral": CENTER,
}
"""Pleasure and arousal of Russell & Mehrabian's words (fear: fearful); neutral is the centre by definition."""


def point_of(probs: Sequence[float], labels: Sequence[str]) -> Point:
    """Returns the mean of the expressions' points, each weighted by its probability.

    An uncertain answer therefore lies nearer to the middle of the plane.

    Args:
        probs: float sequence `(num_labels,)` that sums to 1; smoothed over time by the caller.
        labels: Names of the probabilities, in their order; a label without a place counts as neutral.
    """
    places = [EXPRESSIONS.get(label, CENTER) for label in labels]
    valence = sum(p * place.valence for p, place in zip(probs, places, strict=True))
    arousal = sum(p * place.arousal for p, place in zip(probs, places, strict=True))
    return Point(_within(float(valence)), _within(float(arousal)))


def _within(value: float) -> float:
    return max(-1.0, min(1.0, value))  # float32 probabilities may sum to a little more than 1


SAME_PLACE = 0.25
"""Distance below which two points count as one place: fear and anger are 0.13 apart, happy and surprise 0.44."""


@dataclass(frozen=True)
class AffectState:
    """A point that moves about, and the last place where it dwelt.

    Attributes:
        anchor: Place of the point since `since_s`, give or take `SAME_PLACE`; `None` without a face.
        since_s: Time in seconds of the caller's clock.
        settled: The last place where the point dwelt; stays when the face is gone. `None` before the first.
    """

    anchor: Point | None = None
    since_s: float = 0.0
    settled: Point | None = None


def update_affect(before: AffectState, point: Point | None, *, now_s: float, settle_s: float) -> AffectState:
    """Returns the state after a frame.

    A place counts once the point has dwelt there for `settle_s` without a break, so a face that flickers between
    expressions changes nothing.

    Args:
        before: State after the last frame.
        point: Place of the expression now; `None` without a face.
        now_s: Time of the frame, in seconds; not before the last one.
        settle_s: Dwell time after which a place counts, in seconds, >= 0.
    """
    if point is None:
        return AffectState(None, now_s, before.settled)
    if before.anchor is None or before.anchor.distance(point) > SAME_PLACE:
        before = AffectState(point, now_s, before.settled)
    if now_s - before.since_s < settle_s:
        return before
    known = before.settled
    if known is not None and known.distance(point) <= SAME_PLACE:
        return before
    return AffectState(before.anchor, before.since_s, point)


SIDE = 0.25
"""Distance from an axis below which a point has no side worth a word."""


def describe(point: Point) -> str:
    """Returns a word of nine for a place: `pleasant_active`, `pleasant`, `quiet`, `even` and so on."""
    sides = (_side(point.valence, "unpleasant", "pleasant"), _side(point.arousal, "quiet", "active"))
    return "_".join(side for side in sides if side) or "even"


def _side(value: float, low: str, high: str) -> str:
    if abs(value) < SIDE:
        return ""
    return low if value < 0 else high


@dataclass(frozen=True)
class Mood:
    """An expression and since when it shows.

    Attributes:
        label: The expression, or `None` without a face or without a clear one.
        since_s: Time at which it began, in seconds of the caller's clock.
    """

    label: str | None
    since_s: float

    def settled(self, now_s: float, *, settle_s: float) -> bool:
        """Whether there is an expression and it has lasted `settle_s` seconds."""
        return self.label is not None and now_s - self.since_s >= settle_s


def update_mood(mood: Mood | None, label: str | None, *, now_s: float) -> Mood:
    """Returns the mood after a frame that shows `label`; the clock starts again when it changes."""
    if mood is None or mood.label != label:
        return Mood(label, now_s)
    return mood
