"""The visitor's settled expression: that of the largest face, once it has lasted."""

from __future__ import annotations

from dataclasses import dataclass


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
