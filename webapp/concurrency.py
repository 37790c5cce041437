"""Blocking work beside green sockets: the one place that knows the asynchronous mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

Args = ParamSpec("Args")
Result = TypeVar("Result")


def prepare(async_mode: str) -> None:
    """Makes the process ready for a mode; to be called before anything else is imported.

    Under eventlet it patches the standard library, and repairs three of eventlet's functions.
    """
    if async_mode != "eventlet":
        return
    import eventlet

    eventlet.monkey_patch()

    from webapp import closing, fairness, unmask

    unmask.install()
    closing.install()
    fairness.install()


def runner(async_mode: str) -> Callable[..., object]:
    """Returns `run_blocking(fn, *args)` for a mode.

    Under eventlet the work runs in a real operating-system thread and only the caller's green thread waits;
    with plain threads the caller's thread does it.
    """
    if async_mode == "eventlet":
        from eventlet import tpool

        return tpool.execute
    return _call


def _call(fn: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs) -> Result:
    return fn(*args, **kwargs)
