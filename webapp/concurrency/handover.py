"""A new worker takes over when it is ready, not before: a reload has no gap, and a bad one changes nothing.

gunicorn ends the old worker as soon as the new one has been forked, long before that has loaded its model. What a
worker says to its master goes through the file that gunicorn gives each for its heartbeat: its length.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

SPARE = "COUNTENANCE_SPARE"
"""Set in the environment of a worker that starts beside one that serves."""

APP_LOAD_ERROR = 4
"""gunicorn's own exit code for an app that cannot start: the server ends instead of starting workers for ever."""
SPARE_FAILED = 1


def init_master(server: Any) -> None:
    """Makes a master keep the old worker until the new one is ready.

    Args:
        server: gunicorn's `Arbiter`, before its first worker.
    """
    stock: Callable[[], None] = server.manage_workers

    def manage_workers() -> None:
        num_ready = sum(map(is_ready, server.WORKERS.values()))
        if len(server.WORKERS) <= server.num_workers or num_ready > server.num_workers:
            stock()

    server.manage_workers = manage_workers


def note_fork(server: Any) -> None:
    """Tells a worker that is about to be forked whether another one serves."""
    if any(map(is_ready, server.WORKERS.values())):
        os.environ[SPARE] = "1"
    else:
        os.environ.pop(SPARE, None)


def note_ready(worker: Any) -> None:
    """Tells the master that a worker is about to serve."""
    os.ftruncate(worker.tmp.fileno(), 1)


def is_ready(worker: Any) -> bool:
    """Whether a worker has said that it is about to serve."""
    return bool(os.fstat(worker.tmp.fileno()).st_size)


def exit_code_of_failure() -> int:
    """Returns the exit code of a worker that cannot start: without another one to serve it ends the whole server."""
    return SPARE_FAILED if os.environ.get(SPARE) else APP_LOAD_ERROR
