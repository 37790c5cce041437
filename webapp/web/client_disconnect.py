"""Whether a client is still connected while its request is answered: long work for one that has left is given up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from webapp.concurrency.native_threads import native_select


def disconnect_check(environ: Mapping[str, Any]) -> Callable[[], bool]:
    """Returns a function that says whether the client has closed its end of the connection.

    WSGI reports this only when the answer is written, but gunicorn hands out the socket. The function asks the system
    alone, so any native thread may call it until the request is answered. Where there is no such socket, or the system
    cannot say, every client counts as connected.

    Args:
        environ: WSGI environment of the request.
    """
    connection, select = environ.get("gunicorn.socket"), native_select()
    if connection is None or not hasattr(select, "POLLRDHUP"):
        return lambda: False
    number = connection.fileno()

    def is_disconnected() -> bool:
        poll = select.poll()
        poll.register(number, select.POLLRDHUP)
        return bool(poll.poll(0))

    return is_disconnected
