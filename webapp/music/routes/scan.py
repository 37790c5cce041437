"""The scan of the music folder: how far it is, and again."""

from __future__ import annotations

from typing import Any

from webapp.music.schemas import scan as schemas
from webapp.music.views import NotThere
from webapp.services import services
from webapp.web.openapi import Blueprint

bp = Blueprint("scan", __name__, url_prefix="/api/v1/music", description="The music folder")


@bp.get("/scan")
@bp.response(200, schemas.ScanSchema)
@bp.problems(503)
def get() -> Any:
    """Says how far the scan is."""
    return services().music.progress()


@bp.post("/scan")
@bp.response(202, schemas.ScanSchema)
@bp.problems(404, 503)
def start() -> Any:
    """Scans the folder again, unless a scan runs; only what is new or changed is read."""
    app = services().music
    if app.music_dir is None:
        raise NotThere("There is no music folder. The server's operator can set MUSIC_DIR to one.")
    app.start_scan()
    return app.progress()
