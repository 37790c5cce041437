"""Playlists out and in, as files."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from flask import Response

from webapp.music import exchange
from webapp.music.schemas import exchange as schemas
from webapp.services import services
from webapp.web.openapi import Blueprint
from webapp.web.uploads import received

bp = Blueprint("exchange", __name__, url_prefix="/api/v1/playlists", description="Playlists as files")

WRITERS = {
    "xspf": (exchange.export_xspf, "application/xspf+xml"),
    "json": (exchange.export_json, "application/json"),
}
AS_FILE = {"type": "string", "format": "binary"}


@bp.get("/<int:playlist_id>/export")
@bp.arguments(schemas.ExportQuery, location="query")
@bp.response(200, AS_FILE, description="The file")
@bp.doc(responses={"200": {"content": {mimetype: {"schema": AS_FILE} for _, mimetype in WRITERS.values()}}})
@bp.problems(404, 422, 503)
def export(query: dict[str, Any], playlist_id: int) -> Response:
    """Returns a playlist as a file. JSON also holds its point."""
    write, mimetype = WRITERS[query["format"]]
    name, content = services().music.read(write, playlist_id)
    plain = re.sub(r"[^A-Za-z0-9 ._-]", "_", name)[:80].strip(". ") or "playlist"
    exact = quote(f"{name[:80]}.{query['format']}", safe="")
    answer = Response(content, mimetype=mimetype)
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}.{query['format']}\"; filename*=UTF-8''{exact}"
    )
    return answer


@bp.post("/import")
@bp.arguments(schemas.ImportSchema, location="files")
@bp.response(201, schemas.ImportedSchema)
@bp.problems(413, 422, 503)
def import_file(files: dict[str, Any]) -> Any:
    """Makes a playlist of a file. What is not in the catalogue is left out, and counted; addresses are taken in."""
    content = received(files["file"])
    return services().music.write(exchange.import_file, files["file"].filename or "", content)
