"""The mood journal, for those who switched it on: added to, exported, deleted."""

from __future__ import annotations

from typing import Any

from webapp.music import journal
from webapp.music.schemas import journal as schemas
from webapp.music.schemas.common import ListenerQuery
from webapp.services import services
from webapp.web.openapi import Blueprint

bp = Blueprint("journal", __name__, url_prefix="/api/v1/music", description="The mood journal")


@bp.post("/journal")
@bp.arguments(schemas.JournalNoteSchema)
@bp.response(204)
@bp.problems(422, 503)
def note(asked: dict[str, Any]) -> None:
    """Adds seconds to an expression of a day. A page calls it only after its visitor has switched the journal on."""
    services().music.write(journal.note, **asked)


@bp.get("/journal")
@bp.arguments(ListenerQuery, location="query")
@bp.response(200, schemas.JournalSchema)
@bp.problems(422, 503)
def export(query: dict[str, Any]) -> dict[str, Any]:
    """Returns all that is kept of a listener: sums per day and expression."""
    return {"lines": services().music.read(journal.export, query["listener"])}


@bp.delete("/journal")
@bp.arguments(ListenerQuery, location="query")
@bp.response(204)
@bp.problems(422, 503)
def forget(query: dict[str, Any]) -> None:
    """Deletes all that is kept of a listener."""
    services().music.write(journal.forget, query["listener"])
