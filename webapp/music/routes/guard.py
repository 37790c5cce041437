"""Who may change the catalogue: everybody, or on a public server nobody."""

from __future__ import annotations

from flask import request

from webapp.errors import AppError
from webapp.services import services


class ReadOnly(AppError):
    """A change on a server whose operator allows none."""

    code = "read_only"
    http_status = 403


ALWAYS = ("tracks.check_file",)
"""Only notes what is so."""


def refuse_changes() -> None:
    """Before each request of a blueprint: refuses what would change the catalogue, if `MUSIC_EDITS` is `nobody`."""
    reads = request.method in ("GET", "HEAD", "OPTIONS") or request.endpoint in ALWAYS
    if not reads and services().settings.music_edits == "nobody":
        raise ReadOnly("This server's music cannot be changed: its operator has set MUSIC_EDITS=nobody.")
