"""Playlists out and in, as files."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from flask import Response
from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate

from webapp.music.http.playlists import PlaylistSchema
from webapp.music.http.visitors import current_maker, current_visitor
from webapp.services import services
from webapp.web.openapi import Blueprint
from webapp.web.uploads import body_limit, received


class ExportQuery(Schema):
    """As what."""

    format = fields.String(load_default="xspf", validate=validate.OneOf(("xspf", "json")))


class ImportSchema(Schema):
    """A playlist file: .xspf, .json, .m3u, .m3u8 or .pls."""

    file = Upload(required=True)


class ImportedSchema(Schema):
    """What became of it."""

    playlist = fields.Nested(PlaylistSchema, required=True)
    num_left_out = fields.Integer(
        required=True, metadata={"description": "Lines that name nothing that is here or can be played."}
    )


MAX_FILE_BYTES = 1024 * 1024

bp = Blueprint("exchange", __name__, url_prefix="/api/v1/playlists", description="Playlists as files")
bp.before_request(body_limit(MAX_FILE_BYTES))

MIMETYPES = {"xspf": "application/xspf+xml", "json": "application/json"}
AS_FILE = {"type": "string", "format": "binary"}


@bp.get("/<int:playlist_id>/export")
@bp.arguments(ExportQuery, location="query")
@bp.response(200, AS_FILE, description="The file")
@bp.doc(responses={"200": {"content": {mimetype: {"schema": AS_FILE} for mimetype in MIMETYPES.values()}}})
@bp.problems(404, 413, 422, 503)
def export(query: dict[str, Any], playlist_id: int) -> Response:
    """Returns a playlist as a file. JSON also holds its point."""
    name, content = services().music.export_file(playlist_id, query["format"], current_visitor())
    plain = re.sub(r"[^A-Za-z0-9 ._-]", "_", name)[:80].strip(". ") or "playlist"
    exact = quote(f"{name[:80]}.{query['format']}", safe="")
    answer = Response(content, mimetype=MIMETYPES[query["format"]])
    answer.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}.{query['format']}\"; filename*=UTF-8''{exact}"
    )
    return answer


@bp.post("/import")
@bp.arguments(ImportSchema, location="files")
@bp.response(201, ImportedSchema)
@bp.problems(413, 422, 503)
def import_file(files: dict[str, Any]) -> Any:
    """Makes a playlist of a file. What is not in the catalogue is left out, and counted; addresses are taken in."""
    content = received(files["file"])
    name = files["file"].filename or ""
    return services().music.import_file(name, content, current_maker())
