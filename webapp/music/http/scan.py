"""The scan of the music folder: how far it is, and again."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from webapp.errors import NotThere
from webapp.services import services
from webapp.web.openapi import Blueprint


class WrittenMoodsSchema(Schema):
    """Where the moods of the folder's files now stand."""

    file = fields.String(
        required=True, metadata={"description": "Name of the music folder, and of the file in it."}
    )
    num_tracks = fields.Integer(required=True)


class ScanSchema(Schema):
    """How far the scan of the music folder is."""

    state = fields.String(
        required=True, metadata={"description": "`idle`, `reading`, `listening`, `done` or `failed`."}
    )
    num_found = fields.Integer(required=True, metadata={"description": "Files to do in this phase."})
    num_done = fields.Integer(required=True)
    num_problems = fields.Integer(required=True, metadata={"description": "Files that could not be read."})
    message = fields.String(required=True, metadata={"description": "What went wrong."})
    has_folder = fields.Boolean(
        required=True, metadata={"description": "Whether the operator has set MUSIC_DIR."}
    )


bp = Blueprint("scan", __name__, url_prefix="/api/v1/music", description="The music folder")


@bp.get("/scan")
@bp.response(200, ScanSchema)
@bp.problems(503)
def get() -> Any:
    """Says how far the scan is."""
    return services().music.progress()


@bp.post("/moods")
@bp.response(201, WrittenMoodsSchema)
@bp.problems(403, 404, 409, 503)
def write_moods() -> Any:
    """Writes the moods of the folder's files into it, as an XSPF playlist; a file of another origin is kept."""
    return services().music.write_moods()


@bp.post("/scan")
@bp.response(202, ScanSchema)
@bp.problems(404, 503)
def start() -> Any:
    """Scans the folder again, unless a scan runs; only what is new or changed is read."""
    app = services().music
    if app.music_dir is None:
        raise NotThere("There is no music folder. The server's operator can set MUSIC_DIR to one.")
    app.start_scan()
    return app.progress()
