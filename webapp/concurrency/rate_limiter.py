"""How fast one visitor's messages are read: at once within a burst, then at an even rate."""

from __future__ import annotations

MESSAGES_PER_S = 240.0
"""Messages read from one visitor: a frame is two, its description and its picture, so twice what a camera gives."""
BURST = 12.0
UNNOTICED = 4.0
"""Messages in quick succession that no other visitor notices: two frames."""

MESSAGE_BYTES = 128 * 1024
"""What one message may weigh; a heavier one counts for several."""


class RateLimiter:
    """Says how long to leave one visitor's next message unread: not at all within a burst, then at an even rate.

    What is not read stays in the visitor's own socket, so a flood waits where it began.

    Reference:
        Generic cell rate algorithm, ITU-T I.371: one number, the time at which the burst is used up.
    """

    def __init__(self) -> None:
        self._due_s = 0.0

    def pause_s(self, now_s: float, num_bytes: int = 0) -> float:
        """Counts a message and returns the seconds to wait before the next is read, >= 0."""
        due_s = max(self._due_s, now_s)
        self._due_s = due_s + (1 + num_bytes // MESSAGE_BYTES) / MESSAGES_PER_S
        return max(0.0, due_s - now_s - BURST / MESSAGES_PER_S)

    def is_noticed(self, now_s: float) -> bool:
        """Whether so many messages came in quick succession that others should run in between."""
        return self._due_s - now_s > UNNOTICED / MESSAGES_PER_S
