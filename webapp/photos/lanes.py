"""Lanes for pictures by what they cost to decode: small ones never wait behind large ones."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.concurrency.limiter import shared_limiter
from webapp.concurrency.native_threads import NativeThreadPool

NICENESS = 10
RETRY_MS = 3000

CHEAP, LARGE = 8_000_000, 25_000_000
"""A decoder cannot be interrupted, and 49 megapixels take it one to two seconds: whoever waits behind them has sent as
many. Up to the first are all JPEGs and what else takes a twentieth of a second, up to the second what other cameras
send."""


@dataclass(frozen=True)
class LaneBounds:
    """Which pictures a lane is for, and how many requests may use it.

    Attributes:
        name: What its pictures are called, for refusals and threads.
        max_effort: Largest picture, see `decoding_effort`; `None` for any.
        at_once: Requests whose pictures take turns in its threads; each keeps a thread of `run_blocking` waiting.
        queue: Requests that may wait besides.
        of_one_address: Requests of one address among those at once.
        queue_of_one_address: The same that may wait.
        retry_ms: Milliseconds after which trying again makes sense.
    """

    name: str
    max_effort: int | None
    at_once: int
    queue: int
    of_one_address: int
    queue_of_one_address: int
    retry_ms: int = RETRY_MS


class Lane:
    """Threads for pictures of one size, and the requests that may use them.

    Attributes:
        bounds: What it is for.
        threads: Pool in which its pictures are decoded.
        limiter: Admits requests; of one address a share.
    """

    def __init__(self, bounds: LaneBounds, threads: int) -> None:
        """Starts no thread before the first picture.

        Args:
            bounds: What it is for.
            threads: Pictures decoded at once.
        """
        self.bounds = bounds
        self.threads = NativeThreadPool(threads, niceness=NICENESS, name=bounds.name)
        self.limiter = shared_limiter(
            f"requests with {bounds.name}",
            slots=bounds.at_once,
            queue=bounds.queue,
            slots_of_one=bounds.of_one_address,
            queue_of_one=bounds.queue_of_one_address,
            retry_ms=bounds.retry_ms,
        )

    def takes(self, effort: int) -> bool:
        """Whether a picture is not too large for it."""
        return self.bounds.max_effort is None or effort <= self.bounds.max_effort
