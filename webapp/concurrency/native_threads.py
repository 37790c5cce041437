"""Threads and locks of the operating system, also where eventlet has replaced Python's."""

from __future__ import annotations

import importlib
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def native_threading() -> ModuleType:
    """Returns `threading` as Python ships it.

    In a process that eventlet has patched, `threading` makes green threads and locks: work in them stalls
    every socket, and they never wake a native thread.
    """
    return _real("threading")


def native_subprocess() -> ModuleType:
    """Returns `subprocess` as Python ships it; eventlet's pipes never block, on which native threads rely.

    Its `os` and `time` are Python's too: eventlet's would wait in an event loop of the calling thread, which keeps a
    descriptor for ever.
    """
    subprocess = _real("subprocess")
    if subprocess is not sys.modules["subprocess"]:
        subprocess.os, subprocess.time = _real("os"), _real("time")  # type: ignore[attr-defined]
    return subprocess


def native_select() -> ModuleType:
    """Returns `select` as Python ships it; eventlet takes `poll` out of it."""
    return _real("select")


def native_socket() -> ModuleType:
    """Returns `socket` as Python ships it; eventlet's sockets may only be used by its own thread."""
    return _real("socket")


def _real(name: str) -> ModuleType:
    if "eventlet" in sys.modules:
        from eventlet import patcher

        if patcher.is_monkey_patched("thread"):
            return patcher.original(name)
    return importlib.import_module(name)


def niceness_of_this_thread() -> int:
    """Returns the niceness of the calling thread; 0 where threads have none of their own."""
    if sys.platform != "linux":
        return 0
    return os.getpriority(os.PRIO_PROCESS, 0)  # of the thread that asks: Linux numbers threads as processes


def give_way(niceness: int) -> None:
    """Makes the calling thread so much nicer than its process; only on Linux."""
    if niceness and sys.platform == "linux":
        own = native_threading().get_native_id()
        os.setpriority(os.PRIO_PROCESS, own, min(19, os.getpriority(os.PRIO_PROCESS, os.getpid()) + niceness))


class NativeThreadPool:
    """A few native threads that share their callers' work in turns: a long list never keeps a short one waiting.

    They may give way: on Linux every thread has its own niceness, so work without a deadline leaves the processor to
    live frames.
    """

    def __init__(self, count: int, *, niceness: int = 0, name: str = "worker") -> None:
        """Starts nothing yet: the threads begin with the first work.

        Args:
            count: Threads, at least 1.
            niceness: 0..19 more than the process, for these threads alone; only on Linux.
            name: Name of the threads.
        """
        if count < 1:
            raise ValueError(f"`count` must be >= 1. Received: {count=}")
        self._threading = native_threading()
        self._changed = self._threading.Condition()
        self._waiting: deque[deque[_Task]] = deque()
        self._closed = False
        self._count, self._niceness, self._name = count, niceness, name
        self._threads: list[Any] = []

    def map(self, fn: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Runs `fn` on every item and blocks until all are done; callable from many threads.

        Returns:
            The results in the items' order.

        Raises:
            Exception: The first item's that failed, after all are done.
        """
        tasks = [_Task(fn, item, self._threading.Event()) for item in items]
        with self._changed:
            if self._closed:
                raise RuntimeError("the worker threads are closed")
            self._start()
            if tasks:
                self._waiting.append(deque(tasks))
            self._changed.notify_all()
        for task in tasks:
            task.done.wait()
        return [task.result() for task in tasks]

    def close(self) -> None:
        """Ends the threads after the work that they have begun; what still waits fails. May be repeated."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _start(self) -> None:
        while len(self._threads) < self._count:
            thread = self._threading.Thread(target=self._work, name=self._name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        give_way(self._niceness)
        while task := self._next():
            task.run()

    def _next(self) -> _Task | None:
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            if not self._closed:
                return self._take_turn()
            while self._waiting:
                self._take_turn().fail(RuntimeError("the server is shutting down"))
            return None

    def _take_turn(self) -> _Task:
        """Returns the first caller's next item; its others wait behind those of all other callers."""
        items = self._waiting.popleft()
        task = items.popleft()
        if items:
            self._waiting.append(items)
        return task


class _Task:
    """One item's work and, when `done` is set, its outcome."""

    def __init__(self, fn: Callable[[Any], Any], item: Any, done: Any) -> None:
        self._fn, self._item, self.done = fn, item, done
        self._answer: Any = None
        self._error: Exception | None = None

    def run(self) -> None:
        try:
            self._answer = self._fn(self._item)
        except Exception as error:  # noqa: BLE001 - the waiting caller must hear of it, and the thread lives on
            self._error = error
        self.done.set()

    def fail(self, error: Exception) -> None:
        self._error = error
        self.done.set()

    def result(self) -> Any:
        if self._error is not None:
            raise self._error
        return self._answer
