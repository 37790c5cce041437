"""Waking a thread, green or native, from a native one: the second place that knows the asynchronous mode."""

from __future__ import annotations

import contextlib
from collections import deque
from typing import Any, Protocol

from webapp.concurrency.native_threads import native_threading


class Signal(Protocol):
    """Set once, by any thread; waited for by the one that made it."""

    def set(self) -> None:
        """Wakes the waiter."""

    def wait(self, timeout_s: float | None = None) -> bool:
        """Waits until it is set, other visitors go on meanwhile; returns whether it was in time."""


class Signals(Protocol):
    """Makes signals of one asynchronous mode."""

    def make(self) -> Signal:
        """Returns a signal for the calling thread."""


class NativeSignals:
    """Signals between native threads."""

    def make(self) -> Signal:
        """See `Signals.make`."""
        return _NativeSignal()


class _NativeSignal:
    def __init__(self) -> None:
        self._event = native_threading().Event()

    def set(self) -> None:
        self._event.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        return bool(self._event.wait(timeout_s))


class GreenSignals:
    """Signals from native threads to green ones of the one native thread that runs eventlet's hub.

    A native thread must not touch the hub, so it leaves a note and writes a byte; a green thread reads the byte and
    wakes the waiters.
    """

    def __init__(self) -> None:
        self._set: deque[_GreenSignal] = deque()
        self._wakes: Any = None

    def make(self) -> Signal:
        """See `Signals.make`; from a green thread."""
        if self._wakes is None:
            self._start()
        return _GreenSignal(self)

    def _start(self) -> None:
        import eventlet
        from eventlet import patcher

        self._wakes, listens = patcher.original("socket").socketpair()
        self._wakes.setblocking(False)
        listens.setblocking(False)
        eventlet.spawn_n(self._listen, listens)

    def _listen(self, listens: Any) -> None:
        from eventlet import hubs

        while True:
            hubs.trampoline(listens.fileno(), read=True)
            listens.recv(4096)
            while self._set:
                self._set.popleft().wake()

    def note(self, signal: _GreenSignal) -> None:
        """Takes in a set signal; from any thread."""
        self._set.append(signal)
        with contextlib.suppress(BlockingIOError):  # so many unread bytes wake the listener as well
            self._wakes.send(b"\0")


class _GreenSignal:
    def __init__(self, signals: GreenSignals) -> None:
        from eventlet.event import Event

        self._signals, self._event = signals, Event()

    def set(self) -> None:
        self._signals.note(self)

    def wake(self) -> None:
        self._event.send(None)

    def wait(self, timeout_s: float | None = None) -> bool:
        self._event.wait(timeout_s)
        return bool(self._event.ready())


def signals_of(async_mode: str) -> Signals:
    """Returns the signals of a mode.

    Args:
        async_mode: `eventlet` or `threading`.
    """
    return GreenSignals() if async_mode == "eventlet" else NativeSignals()
