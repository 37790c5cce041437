"""Static files under an address that changes with their content.

The version is a part of the path, not a query, so that modules and style sheets that name each other relatively stay
within one version: a browser never mixes two, and may keep what it has for good.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask, Response, request

A_YEAR_S = 365 * 24 * 3600


def make_app(import_name: str, root: Path) -> Flask:
    """Returns an app with its templates and its static files, at `/static/<version>/`."""
    app = Flask(
        import_name,
        static_folder=str(root / "static"),
        static_url_path=f"/static/{version_of(root / 'static')}",
        template_folder=str(root / "templates"),
    )
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = A_YEAR_S
    app.after_request(_keep_for_good)
    return app


def version_of(folder: Path) -> str:
    """Returns 12 hexadecimal digits that depend on the name and the bytes of every file in the folder."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def _keep_for_good(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code in {200, 206, 304}:
        response.cache_control.immutable = True
    return response
