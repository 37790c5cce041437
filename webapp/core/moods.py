"""The visitor's settled expression: that of the face that is read first, once it has lasted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SWAP_S = 0.6


@dataclass(frozen=True)
class Focus:
    """The face that is read first.

    Attributes:
        id: Its track's.
        rival: The track that was largest in the last frame; may be the same.
        since_s: Since when `rival` has been the largest, in seconds of the caller's clock.
    """

    id: int
    rival: int
    since_s: float


def choose_focus(focus: Focus | None, ids: Sequence[int], *, now_s: float) -> Focus | None:
    """Returns the face to read first: the largest, once it has been the largest for 0.6 s.

    Two people of about one size take turns as the largest; the reading must not jump between them.

    Args:
        focus: After the last frame.
        ids: Of the faces that count, largest first.
        now_s: Time of the frame, in seconds.

    Returns:
        `None` if there is no face.
    """
    if not ids:
        return None
    largest = ids[0]
    if focus is None or focus.id not in ids:
        return Focus(largest, largest, now_s)
    since_s = focus.since_s if focus.rival == largest else now_s
    return Focus(largest if now_s - since_s >= SWAP_S else focus.id, largest, since_s)


@dataclass(frozen=True)
class Mood:
    """An expression and since when it shows.

    Attributes:
        label: The expression, or `None` without a face or without a clear one.
        since_s: When it began, in seconds of the caller's clock.
    """

    label: str | None
    since_s: float

    def settled(self, now_s: float, *, settle_s: float) -> bool:
        """Whether there is an expression and it has lasted `settle_s` seconds."""
        return self.label is not None and now_s - self.since_s >= settle_s


def follow_mood(mood: Mood | None, label: str | None, *, now_s: float) -> Mood:
    """Returns the mood after a frame that shows `label`; the clock starts again when it changes."""
    if mood is None or mood.label != label:
        return Mood(label, now_s)
    return mood
