"""Whether a visitor is still there while their request is answered: long work for somebody who left is given up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from webapp.real_threads import real_select


def departure_of(environ: Mapping[str, Any]) -> Callable[[], bool]:
    """Returns a function that says whether the client has closed its end of the connection.

    WSGI tells nobody before the answer is written, but gunicorn hands out the socket. The function only asks the system
    about it, so any real thread may call it until the request is answered. Where there is no such socket, or the system
    cannot say, nobody has ever left.

    Args:
        environ: The request's, as WSGI has it.
    """
    connection, select = environ.get("gunicorn.socket"), real_select()
    if connection is None or not hasattr(select, "POLLRDHUP"):
        return lambda: False
    number = connection.fileno()

    def has_left() -> bool:
        poll = select.poll()
        poll.register(number, select.POLLRDHUP)
        return bool(poll.poll(0))

    return has_left
