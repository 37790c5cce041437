"""Which of several servers gets a call: one that works, and of those the one with the fewest calls under way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from webapp.concurrency.native_threads import native_threading

FIRST_REST_S, LONGEST_REST_S = 0.25, 5.0
"""A server that failed rests, twice as long after each failure in a row."""


@dataclass
class Replica:
    """One server.

    Attributes:
        url: Its address, `http://HOST:PORT`.
        under_way: Calls that wait for its answer.
        failures: Failures since its last answer.
        rests_until_s: Time before which it gets no call.
    """

    url: str
    under_way: int = 0
    failures: int = 0
    rests_until_s: float = 0.0


class NoReplica(Exception):
    """None of the servers can be asked now.

    Attributes:
        wait_s: Seconds until one may be asked again.
    """

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"none of the classifier's servers answers; the next attempt is in {wait_s:.1f} s")
        self.wait_s = wait_s


class Replicas:
    """A circuit breaker for each server; callable from several native threads.

    After a rest one call tries a server that had failed; the others go elsewhere until it has answered.
    """

    def __init__(self, urls: tuple[str, ...], clock: Callable[[], float] = time.monotonic) -> None:
        """Begins with every server as one that works.

        Args:
            urls: Addresses, at least one.
            clock: Seconds.
        """
        if not urls:
            raise ValueError("`urls` must name at least one server. Received: none")
        self._all = [Replica(url) for url in urls]
        self._clock = clock
        self._lock = native_threading().Lock()
        self._turn = 0

    @contextmanager
    def one(self, tried: set[str]) -> Iterator[Replica]:
        """Lends a server for one call; an exception within counts as its failure.

        Args:
            tried: Addresses that this caller has asked already; the chosen one is added.

        Raises:
            NoReplica: If all others rest.
        """
        with self._lock:
            replica = self._choose(tried)
            replica.under_way += 1
            tried.add(replica.url)
        try:
            yield replica
        except BaseException:
            with self._lock:
                replica.failures += 1
                rest_s = min(FIRST_REST_S * 2 ** min(replica.failures - 1, 10), LONGEST_REST_S)
                replica.rests_until_s = self._clock() + rest_s
            raise
        else:
            with self._lock:
                replica.failures = 0
        finally:
            with self._lock:
                replica.under_way -= 1

    def has_other(self, tried: set[str]) -> bool:
        """Whether a server besides these may be asked now."""
        with self._lock:
            return bool(self._able(tried, self._clock()))

    def _able(self, tried: set[str], now_s: float) -> list[Replica]:
        return [one for one in self._all if one.url not in tried and self._may_be_asked(one, now_s)]

    def _choose(self, tried: set[str]) -> Replica:
        now_s = self._clock()
        able = self._able(tried, now_s)
        if not able:
            resting = [one.rests_until_s - now_s for one in self._all if one.failures]
            raise NoReplica(max(min(resting, default=FIRST_REST_S), 0.05))
        self._turn += 1
        turn = self._turn % len(able)
        return min(able[turn:] + able[:turn], key=lambda one: one.under_way)

    @staticmethod
    def _may_be_asked(replica: Replica, now_s: float) -> bool:
        if not replica.failures:
            return True
        return now_s >= replica.rests_until_s and not replica.under_way
