"""How far a scan is, as the HTTP API gives it."""

from __future__ import annotations

from marshmallow import Schema, fields


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
