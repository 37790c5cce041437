"""When each visitor's next frame is welcome: an equal share of what the server turns out to manage."""

from __future__ import annotations

import math

UTILISATION = 0.95
"""Share of the measured capacity that is given out: the rest is for what the measurement misses."""

SERVICE_WEIGHT = 0.05
"""Weight of one frame in the running mean of the time that a frame takes."""

UTILISATION_TAU_S = 1.0
FIRST_SERVICE_S = 0.01
BURST_S = 0.04
"""Slots that lie no further ahead are given out as if they were now: without overload nobody is asked to wait."""

EARLY_S = 0.02
"""How much before its slot a frame may come: networks and timers are not exact."""

LONG_WAIT_S, SHORT_WAIT_S = 0.06, 0.03
"""Wait of an admitted frame above which less is given out, and below which more; at least so many times the time that a
frame takes:"""

LONG_WAIT, SHORT_WAIT = 3.0, 1.5

LOWER, RAISE, LEAST_FACTOR = 0.995, 1.004, 0.5


class Pace:
    """Gives out slots, one per frame, evenly spaced at the rate that the server manages.

    A visitor gets the next slot when a frame has been answered, so all take turns, however often they ask: with few
    visitors the slot is now, with many it lies as far ahead as there are visitors before it. A frame that comes before
    its slot is turned away with the time that is left; the slot stays the visitor's.

    Not for several threads at once. All times are seconds of one clock of the caller's.
    """

    def __init__(self, parallel: int) -> None:
        """Begins without visitors.

        Args:
            parallel: Frames worked on at once, at least 1.
        """
        self._parallel = parallel
        self._service_s = FIRST_SERVICE_S
        self._factor = 1.0
        self._worked_s, self._worked_until_s = 0.0, 0.0
        self._next_slot_s = 0.0
        self._due_s: dict[str, float] = {}

    @property
    def rate(self) -> float:
        """Frames per second that the server manages, as far as it is known."""
        return self._factor * UTILISATION * self._parallel / self._service_s

    def utilisation(self, now_s: float) -> float:
        """Returns the share of its time that the server has worked lately, 0 to about 1: an exponential average."""
        decay = math.exp(-max(now_s - self._worked_until_s, 0.0) / UTILISATION_TAU_S)
        return decay * self._worked_s / (UTILISATION_TAU_S * self._parallel)

    def admit(self, key: str, now_s: float) -> float:
        """Admits a visitor's frame if its slot has come.

        Args:
            key: Name of the visitor.
            now_s: Time of the frame's arrival.

        Returns:
            0 if it is admitted; otherwise the seconds until its slot, > 0.
        """
        due_s = self._due_s.get(key)
        if due_s is None:
            due_s = self._due_s[key] = self._take_slot(now_s)
        return due_s - now_s if due_s > now_s + EARLY_S else 0.0

    def note_done(self, key: str, now_s: float, *, service_s: float | None, wait_s: float) -> float:
        """Takes in that work on a visitor's frame has ended, and gives out the next slot.

        Args:
            key: Name of the visitor.
            now_s: Time of the end.
            service_s: Time that the work took; `None` if the frame was given up before it.
            wait_s: Time that it waited for the work.

        Returns:
            The seconds until the visitor's next slot, 0 for at once.
        """
        if service_s is not None:
            self._service_s += SERVICE_WEIGHT * (service_s - self._service_s)
            decay = math.exp(-max(now_s - self._worked_until_s, 0.0) / UTILISATION_TAU_S)
            self._worked_s, self._worked_until_s = decay * self._worked_s + service_s, now_s
        if wait_s > max(LONG_WAIT_S, LONG_WAIT * self._service_s):
            self._factor = max(LEAST_FACTOR, self._factor * LOWER)
        elif wait_s < max(SHORT_WAIT_S, SHORT_WAIT * self._service_s):
            self._factor = min(1.0, self._factor * RAISE)
        due_s = self._due_s[key] = self._take_slot(now_s)
        return max(0.0, due_s - now_s)

    def forget(self, key: str) -> None:
        """Forgets a visitor who has left."""
        self._due_s.pop(key, None)

    def _take_slot(self, now_s: float) -> float:
        slot_s = max(self._next_slot_s, now_s - BURST_S)
        self._next_slot_s = slot_s + 1 / self.rate
        return max(slot_s - BURST_S, now_s)
