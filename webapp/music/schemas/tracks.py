"""Tracks, as the HTTP API takes and gives them."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from webapp.music.schemas.common import KINDS, PageQuery, PageSchema, plain, point_field
from webapp.music.tables import NAME_LENGTH


class TrackSchema(Schema):
    """Something that can be played."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    title = fields.String(required=True)
    artist = fields.String(required=True)
    album = fields.String(required=True)
    duration_s = fields.Float(required=True, allow_none=True)
    bpm = fields.Float(required=True, allow_none=True)
    point = point_field(required=True, allow_none=True)
    mood_by = fields.String(
        required=True,
        metadata={"description": "`user`, `tags`, `ear`, `maker` or `nobody`: whose the point is."},
    )
    state = fields.String(required=True, metadata={"description": "`ok`, `missing` or `unreadable`."})
    problem = fields.String(required=True, metadata={"description": "Why it is not ok."})
    url = fields.String(
        required=True,
        metadata={"description": "Of the sound (file, stream), of the page (embed); a piece's name."},
    )
    details = fields.Dict(
        required=True,
        metadata={
            "description": "embed: `provider`, `frame` (address of its iframe), `height`; built_in: `seed`."
        },
    )


class TracksQuery(PageQuery):
    """Which tracks."""

    search = fields.String(load_default="", validate=[validate.Length(max=NAME_LENGTH), plain])
    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
    state = fields.String(load_default=None, validate=validate.OneOf(("ok", "missing", "unreadable")))


class TracksSchema(PageSchema):
    """Some tracks."""

    tracks = fields.List(fields.Nested(TrackSchema), required=True, attribute="items")


class TrackChangeSchema(Schema):
    """A correction of a track's mood."""

    point = point_field(
        required=True,
        allow_none=True,
        metadata={"description": "`null`: its own mood; of a file, looked for by the next scan."},
    )


class AddressSchema(Schema):
    """A pasted address."""

    url = fields.String(required=True, validate=validate.Length(1, 2000))


class AddedTracksSchema(Schema):
    """What was behind it; several where it was a list of stations."""

    tracks = fields.List(fields.Nested(TrackSchema), required=True)
