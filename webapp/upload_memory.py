"""How many bytes of uploads are held."""

from __future__ import annotations

import threading

from webapp.errors import ServerBusy

RETRY_MS = 2000


class UploadMemory:
    """Counts the bytes of uploads that are held at this moment, all visitors together.

    They are counted as they arrive, not as announced: a stalled upload takes nobody's place.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._held = 0
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        """Bytes held now."""
        return self._held

    def take(self, num_bytes: int) -> None:
        """Counts bytes in.

        Raises:
            ServerBusy: If more would be held than allowed; nothing is counted then.
        """
        with self._lock:
            if self._held + num_bytes > self._max_bytes:
                raise ServerBusy(
                    f"Uploads already take {self._held} of {self._max_bytes} bytes. Try again later.",
                    retry_after_ms=RETRY_MS,
                )
            self._held += num_bytes

    def give_back(self, num_bytes: int) -> None:
        """Counts bytes out."""
        with self._lock:
            self._held -= num_bytes
