"""An id for each request and each socket: the answer's header says it, and so do the log's lines about it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any

REQUEST_ID = "countenance.request_id"
HEADER = "X-Request-ID"
KNOWN = re.compile(r"[A-Za-z0-9_.-]{8,64}")


def choose_request_id(environ: Mapping[str, Any], *, is_trusted: bool) -> str:
    """Returns the id that a proxy has given the request, or a new one.

    Args:
        environ: WSGI environment, as it came.
        is_trusted: Whether it came from one of `TRUSTED_PROXIES`: a visitor's own id could be another's.
    """
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if is_trusted and KNOWN.fullmatch(given) else secrets.token_hex(8)


def with_request_id(start: Callable[..., Any], request_id: str) -> Callable[..., Any]:
    """Returns a `start_response` that says the id."""

    def start_response(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        return start(status, [*headers, (HEADER, request_id)], *rest)

    return start_response
