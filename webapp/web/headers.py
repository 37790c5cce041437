"""The headers that every answer carries, also those of the sockets."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

A_YEAR_S = 365 * 24 * 3600

FILE_HEADERS = {
    # No other site shows or plays what is here: pictures of photos, the music folder.
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Scripts and styles run under the policy of their page; half a kilobyte on each of fifty files weighs."""

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    # A stricter policy breaks YouTube's frames (lite-youtube#140).
    "Referrer-Policy": "strict-origin-when-cross-origin",
    **FILE_HEADERS,
}
HSTS = ("Strict-Transport-Security", f"max-age={A_YEAR_S}")


def with_headers(environ: dict[str, Any], start: Callable[..., Any], files_at: str) -> Callable[..., Any]:
    """Returns a `start_response` that adds what the answer itself does not say.

    Args:
        environ: WSGI environment, as the visitor sees the server.
        start: The server's `start_response`.
        files_at: Path below which the static files are.
    """
    is_file = environ["PATH_INFO"].startswith(f"{files_at}/")
    wanted = [*(FILE_HEADERS if is_file else SECURITY_HEADERS).items()]
    if environ["wsgi.url_scheme"] == "https" and _is_public_name(environ["HTTP_HOST"]):
        wanted.append(HSTS)

    def start_response(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
        said = {name.lower() for name, _ in headers}
        return start(status, [*headers, *(pair for pair in wanted if pair[0].lower() not in said)], *rest)

    return start_response


def _is_public_name(host: str) -> bool:
    """Whether browsers may insist on TLS for a name: on `localhost` they would for every other server on it."""
    name = urlsplit(f"//{host}").hostname or ""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." in name and not name.endswith((".localhost", ".local", ".internal", ".home.arpa"))
    return False
