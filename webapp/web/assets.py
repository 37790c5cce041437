"""Static files under an address that changes with their content, and the headers that every answer carries.

The version is a part of the path, not a query, so modules and style sheets that name each other relatively stay within
one version: a browser never mixes two, and may cache what it has for a year.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask, Response, request

A_YEAR_S = 365 * 24 * 3600

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    # A stricter policy breaks YouTube's frames (lite-youtube#140).
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
}


def static_url(folder: Path) -> str:
    """Returns the address of the static files, `/static/<version>`."""
    return f"/static/{version_of(folder)}"


def init_app(app: Flask) -> None:
    """Gives every answer of an app its headers, and static files a year in the browser's cache."""
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = A_YEAR_S
    app.after_request(_add_headers)


def version_of(folder: Path) -> str:
    """Returns 12 hexadecimal digits that depend on the name and the bytes of every file in the folder."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def _add_headers(response: Response) -> Response:
    # Scripts and styles run under the policy of their page; half a kilobyte on each of fifty files weighs.
    names = ["X-Content-Type-Options"] if request.endpoint == "static" else SECURITY_HEADERS
    for name in names:
        response.headers.setdefault(name, SECURITY_HEADERS[name])
    if request.endpoint == "static" and response.status_code in {200, 206, 304}:
        response.cache_control.immutable = True
    response.headers.setdefault("Cache-Control", "no-cache")
    return response
