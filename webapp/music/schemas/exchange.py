"""Playlists as files, as the HTTP API takes and gives them."""

from __future__ import annotations

from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate

from webapp.music.schemas.playlists import PlaylistSchema


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
