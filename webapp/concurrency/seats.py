"""How many places one address may take, so that nobody takes all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

from webapp.core.addresses import address_key


class Seats:
    """Places by address. For one thread, green ones included."""

    def __init__(self, per_address: int, is_exempt: Callable[[str], bool]) -> None:
        """Begins with every place free.

        Args:
            per_address: Places of one address, at least 1; 0 for any number.
            is_exempt: Whether an address may take any number, as a proxy's may, behind which all visitors are.
        """
        self._per_address, self._is_exempt = per_address, is_exempt
        self._taken: Counter[str] = Counter()

    def take(self, address: str) -> AbstractContextManager[object] | None:
        """Takes a place until the end of the block, `None` if the address has none left."""
        if not self._per_address or self._is_exempt(address):
            return nullcontext()
        key = address_key(address)
        if self._taken[key] >= self._per_address:
            return None
        self._taken[key] += 1
        return _Seat(lambda: self._give_back(key))

    def _give_back(self, key: str) -> None:
        self._taken[key] -= 1
        if not self._taken[key]:
            del self._taken[key]


class _Seat:
    def __init__(self, give_back: Callable[[], None]) -> None:
        self._give_back = give_back

    def __enter__(self) -> None:
        """Has been taken already."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_back()
