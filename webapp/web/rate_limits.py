"""How many requests one address, and all together, may send: far more than a person does.

Frames have a pace of their own (webapp/core/pace.py), photos admission control (webapp/photos/service.py).
"""

from __future__ import annotations

import math
import time
from typing import Any

from flask import Flask, Response, request
from flask_limiter import ApplicationLimit, Limiter, RateLimitExceeded

from webapp.core.addresses import address_key
from webapp.errors import TooManyRequests
from webapp.settings import Settings
from webapp.web.origins import is_local
from webapp.web.problems import on_app_error

CHANGES = ["POST", "PUT", "PATCH", "DELETE"]
CHANGES_SHARE = 0.2
ADDRESSES = 50
"""Addresses at their limit at once that the server still answers."""

UNLIMITED = frozenset({"static", "photos.label", "pages.read_photos", "server.healthz", "server.readyz"})
"""Files that browsers keep; photos, of which a page sends hundreds one by one; what watches the server."""

REFUSAL_PAUSE_S = 0.5
"""What a refusal waits where waiting holds no thread: who asks again and again, from 24 connections, else takes as much
of the server's time as everybody's frames together."""

EXPENSIVE = {
    "exchange.export": "6 per minute",
    "exchange.import_file": "10 per minute; 100 per day",
    "playlists.create": "60 per minute; 500 per day",
    "scan.start": "10 per minute",
    "tracks.add": "30 per minute; 1000 per day",
    "tracks.check_file": "60 per minute",
    "explain.explain": "60 per minute",
    "videos.label": "60 per minute",
}
"""Requests of one address that cost the server more than others; those of a day bound what it can leave behind."""


def init_app(app: Flask, settings: Settings) -> None:
    """Limits the requests to an app whose routes are all there."""
    if not settings.requests_per_minute:
        return
    each = settings.requests_per_minute
    changes = max(1, round(CHANGES_SHARE * each))
    limiter = Limiter(
        _address,
        app=app,
        application_limits=[
            ApplicationLimit(f"{each} per minute", exempt_when=_is_exempt),
            ApplicationLimit(
                f"{changes} per minute", methods=CHANGES, scope="changes", exempt_when=_is_exempt
            ),
            ApplicationLimit(
                f"{ADDRESSES * each} per minute", lambda: "all", scope="all", exempt_when=_is_exempt
            ),
        ],
        storage_uri=settings.redis_url or "memory://",
        in_memory_fallback_enabled=bool(settings.redis_url),
        strategy="fixed-window",
        key_prefix="countenance",
    )
    for endpoint, limit in EXPENSIVE.items():
        limited: Any = limiter.limit(limit, exempt_when=_is_exempt)(app.view_functions[endpoint])
        app.view_functions[endpoint] = limited
    pause_s = REFUSAL_PAUSE_S if settings.async_mode == "eventlet" else 0.0
    app.register_error_handler(RateLimitExceeded, lambda _: _on_limit(limiter, pause_s))


def _address() -> str:
    return address_key(request.remote_addr)


def _is_exempt() -> bool:
    """Whether a request is not counted: on the server's own machine the only visitor is who runs it."""
    return request.endpoint in UNLIMITED or is_local(request.remote_addr or "")


def _on_limit(limiter: Limiter, pause_s: float) -> Response:
    limit = limiter.current_limit
    if pause_s:
        time.sleep(pause_s)
    wait_s = max(1, math.ceil(limit.reset_at - time.time())) if limit else 60
    return on_app_error(
        TooManyRequests(
            f"More requests came from this address than the server answers. Try again in {_spoken(wait_s)}.",
            retry_after_ms=1000 * wait_s,
        )
    )


def _spoken(wait_s: int) -> str:
    """Returns a time in the unit that a person would take."""
    for unit, length_s in (("hours", 3600), ("minutes", 60)):
        if wait_s >= 2 * length_s:
            return f"{math.ceil(wait_s / length_s)} {unit}"
    return f"{wait_s} seconds"
