"""Native locks for logging, which eventlet makes green.

To leave eventlet, delete this file and its call in webapp/concurrency/blocking.py.
"""

from __future__ import annotations

import logging

from webapp.concurrency.native_threads import native_threading

log = logging.getLogger(__name__)


def make_native() -> bool:
    """Gives logging its native locks back; returns whether they are where they were expected.

    `eventlet.monkey_patch` makes green those that are there, and new handlers would get green ones. But native threads
    log too, and two that meet in a green lock never wake: the second waits in a hub of its own, to which the first
    cannot switch.
    """
    make_lock = native_threading().RLock
    register = getattr(logging, "_register_at_fork_reinit_lock", None)
    references = getattr(logging, "_handlerList", None)
    if register is None or references is None or not hasattr(logging, "_lock"):
        log.warning("This Python logs in another way than expected: two threads that log at once may hang.")
        return False

    def create_lock(self: logging.Handler) -> None:
        self.lock = make_lock()
        register(self)

    logging.Handler.createLock = create_lock  # type: ignore[method-assign]
    logging._lock = make_lock()  # type: ignore[attr-defined]
    for handler in [reference() for reference in references]:
        if handler is not None and handler.lock is not None:
            handler.createLock()
    return True
