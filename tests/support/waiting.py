"""Waiting for something that happens elsewhere: in a thread, a process, a browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

INTERVAL_S = 0.01
LIMIT_S = 60.0
"""A limit that says "never": a slow machine stays far below it."""


def wait_until(condition: Callable[[], Value], limit_s: float = LIMIT_S, what: str = "") -> Value:
    """Polls until a condition holds.

    Tests assert no speed, so a limit is there to end a test that would hang, not to measure anything.

    Args:
        condition: Check that must not block; any true value ends the wait.
        limit_s: Seconds until the wait fails, > 0.
        what: Noun phrase for the awaited event, named in the error.

    Returns:
        The true value.

    Raises:
        AssertionError: If the condition does not hold in time; names what was awaited, how long, and the last value.
    """
    deadline_s = time.monotonic() + limit_s
    while not (value := condition()):
        if time.monotonic() >= deadline_s:
            name = what or getattr(condition, "__name__", "a condition")
            raise AssertionError(f"waited {limit_s:g} s in vain for {name}; last value: {value!r}")
        time.sleep(INTERVAL_S)
    return value
