"""The operating system's threads and locks, also where eventlet has replaced Python's."""

from __future__ import annotations

import sys
from types import ModuleType


def real_threading() -> ModuleType:
    """Returns `threading` as Python ships it.

    In a process that eventlet has patched, `threading` makes green threads and locks: work in them stalls
    every socket, and they never wake a real thread.
    """
    if "eventlet" in sys.modules:
        from eventlet import patcher

        if patcher.is_monkey_patched("thread"):
            return patcher.original("threading")
    import threading

    return threading
