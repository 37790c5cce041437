"""Blocking work beside green sockets: the one place that knows the asynchronous mode."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

SHARED_THREADS = 20
"""Native threads of `run_blocking` under eventlet. All its callers may wait in them at once, because the limiters of
each kind of work admit fewer together: so none waits for another kind. They only wait, the work has threads of its own.
"""


class RunBlocking(Protocol):
    """Calls a function that blocks, without stopping other visitors."""

    def __call__(self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Returns what `fn(*args, **kwargs)` returns, and raises what it raises."""


def prepare(async_mode: str) -> None:
    """Makes the process ready for a mode; to be called before anything else is imported.

    Under eventlet it patches the standard library, and gives logging its native locks back.

    Args:
        async_mode: `eventlet` or `threading`.
    """
    if async_mode != "eventlet":
        return
    import eventlet

    eventlet.monkey_patch()

    from webapp.concurrency import logging_locks

    logging_locks.make_native()


def runner(async_mode: str) -> RunBlocking:
    """Returns the `run_blocking` of a mode.

    Under eventlet the function runs in a thread of the operating system while only the caller's green thread waits;
    with plain threads the caller's thread runs it.

    Args:
        async_mode: `eventlet` or `threading`.
    """
    if async_mode == "eventlet":
        from eventlet import tpool

        tpool.set_num_threads(SHARED_THREADS)  # whatever EVENTLET_THREADPOOL_SIZE says
        return tpool.execute
    return operator.call
