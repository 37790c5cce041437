"""The mood journal, for those who switched it on: added to, exported, deleted."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from webapp.core.affect import EXPRESSIONS
from webapp.music.catalogue import listeners
from webapp.music.http.common import ListenerQuery, listener_field
from webapp.music.http.visitors import greet, listener_of
from webapp.services import services
from webapp.web.openapi import Blueprint


class JournalNoteSchema(Schema):
    """For how long which expression was settled."""

    listener = listener_field(load_default="")
    day = fields.String(
        required=True,
        validate=validate.Regexp(r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z"),
        metadata={"description": "The visitor's date, such as 2026-11-24."},
    )
    label = fields.String(required=True, validate=validate.OneOf(tuple(EXPRESSIONS)))
    seconds = fields.Float(required=True, validate=validate.Range(0, 3600))


class JournalLineSchema(Schema):
    """One expression of one day."""

    day = fields.String(required=True)
    label = fields.String(required=True)
    seconds = fields.Float(required=True)


class JournalSchema(Schema):
    """All that is kept of one listener."""

    lines = fields.List(fields.Nested(JournalLineSchema), required=True)


bp = Blueprint("journal", __name__, url_prefix="/api/v1/music", description="The mood journal")


@bp.post("/journal")
@bp.arguments(JournalNoteSchema)
@bp.response(204)
@bp.problems(409, 422, 503)
def note(asked: dict[str, Any]) -> None:
    """Adds seconds to an expression of a day. A page calls it only after its visitor has switched the journal on."""
    listener = listener_of(asked.pop("listener")) or greet()
    services().music.write(listeners.note, listener, **asked)


@bp.get("/journal")
@bp.arguments(ListenerQuery, location="query")
@bp.response(200, JournalSchema)
@bp.problems(422, 503)
def export(query: dict[str, Any]) -> dict[str, Any]:
    """Returns all that is kept of a listener: sums per day and expression."""
    return {"lines": services().music.read(listeners.export, listener_of(query["listener"]))}


@bp.delete("/journal")
@bp.arguments(ListenerQuery, location="query")
@bp.response(204)
@bp.problems(422, 503)
def forget(query: dict[str, Any]) -> None:
    """Deletes all that is kept of a listener."""
    services().music.write(listeners.forget, listener_of(query["listener"]))
