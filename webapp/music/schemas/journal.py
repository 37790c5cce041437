"""The mood journal, as the HTTP API takes and gives it."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from webapp.core.affect import EXPRESSIONS
from webapp.music.schemas.common import listener_field


class JournalNoteSchema(Schema):
    """For how long which expression was settled."""

    listener = listener_field(required=True)
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
