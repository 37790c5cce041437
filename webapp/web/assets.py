"""Static files under an address that changes with their content, and how long browsers keep what they get.

The version is a part of the path, not a query, so modules and style sheets that name each other relatively stay within
one version: a browser never mixes two, and may cache what it has for a year.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request

from webapp.web.headers import A_YEAR_S

FACE_WORKER = "js/camera/face_finder/worker.js"
WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
"""A worker runs under the policy of its own answer: this one alone may compile WebAssembly, no page may."""


PACKED_TYPES = frozenset(("application/json", "image/svg+xml", "text/css", "text/javascript"))
"""Of static files alone, which are the same for everybody: a page that holds what one visitor sent is never packed."""


def static_url(folder: Path) -> str:
    """Returns the address of the static files, `/static/<version>`."""
    return f"/static/{version_of(folder)}"


def init_app(app: Flask) -> None:
    """Gives static files a year in the browser's cache, and all other answers none."""
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
    if request.endpoint == "static" and (request.view_args or {}).get("filename") == FACE_WORKER:
        response.headers["Content-Security-Policy"] = WORKER_POLICY
    if request.endpoint == "static" and response.status_code in {200, 206, 304}:
        response.cache_control.immutable = True
        if response.mimetype in PACKED_TYPES and not response.content_encoding:
            _pack(response)
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _pack(response: Response) -> None:
    """Sends a text packed to a browser that knows how to unpack it: a third of the bytes."""
    response.vary.add("Accept-Encoding")
    if response.status_code != 200 or not request.accept_encodings["gzip"]:  # noqa: PLR2004 - not a part of a file
        return
    path = Path(str(current_app.static_folder), (request.view_args or {})["filename"])
    response.close()  # the file that would have been sent
    response.direct_passthrough = False
    response.set_data(_packed(path, path.stat().st_mtime_ns))
    response.content_encoding = "gzip"
    response.accept_ranges = "none"
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)  # the same text in other bytes


@lru_cache(maxsize=512)
def _packed(path: Path, _: int) -> bytes:
    return gzip.compress(path.read_bytes(), compresslevel=6, mtime=0)
