"""Playlists and their entries, as the HTTP API takes and gives them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate, validates_schema
from marshmallow.exceptions import ValidationError

from webapp.music.schemas.common import PageQuery, PageSchema, plain, point_field
from webapp.music.schemas.tracks import TrackSchema
from webapp.music.tables import NAME_LENGTH
from webapp.web.openapi import Id

ADD_LIMIT = 5000


def name_field(**options: Any) -> fields.String:
    """A name for people: one line, not blank."""
    printable = validate.Regexp(r"\S", error="Must not be blank.")
    return fields.String(validate=[validate.Length(1, NAME_LENGTH), printable, plain], **options)


class PlaylistSchema(Schema):
    """Tracks in an order, at a point of the plane."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"description": "`own`, `folder` or `built_in`."})
    name = fields.String(required=True)
    point = point_field(required=True, allow_none=True)
    placed_by = fields.String(required=True, metadata={"description": "`user`, `tracks` or `maker`."})
    num_tracks = fields.Integer(required=True)
    deleted = fields.Boolean(required=True)


class EntrySchema(Schema):
    """One place of a playlist."""

    id = fields.Integer(required=True)
    position = fields.Integer(required=True, metadata={"description": "From 0."})
    track = fields.Nested(TrackSchema, required=True)


class PlaylistsQuery(PageQuery):
    """Which playlists."""

    deleted = fields.Boolean(load_default=False, metadata={"description": "Those that can be restored."})


class PlaylistsSchema(PageSchema):
    """Some playlists."""

    playlists = fields.List(fields.Nested(PlaylistSchema), required=True, attribute="items")


class EntriesSchema(PageSchema):
    """Some of a playlist's tracks."""

    entries = fields.List(fields.Nested(EntrySchema), required=True, attribute="items")


class NewPlaylistSchema(Schema):
    """A playlist to make."""

    name = name_field(required=True)
    point = point_field(load_default=None, allow_none=True)
    track_ids = fields.List(Id(), load_default=[], validate=validate.Length(max=ADD_LIMIT))
    copy_of = Id(load_default=None, metadata={"description": "A playlist whose tracks to take."})


class PlaylistChangeSchema(Schema):
    """What to change of a playlist."""

    name = name_field(load_default=None)
    point = point_field(
        load_default=None, allow_none=True, metadata={"description": "`null`: the mean of its tracks again."}
    )

    @validates_schema(pass_original=True)
    def check(self, _: Any, original: Any, **__: Any) -> None:
        """Refuses to change nothing."""
        if not original:
            raise ValidationError("Expected `name` or `point`. Received: nothing.")

    @post_load(pass_original=True)
    def say(self, data: dict[str, Any], original: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Tells a point of null from no point."""
        return {**data, "by_tracks": "point" in original and original["point"] is None}


class AddTracksSchema(Schema):
    """Tracks to put into a playlist."""

    track_ids = fields.List(Id(), required=True, validate=validate.Length(1, ADD_LIMIT))
    position = fields.Integer(
        load_default=None,
        validate=validate.Range(0, 10**9),
        metadata={"description": "Before which; else the end."},
    )


class MoveSchema(Schema):
    """Where an entry goes."""

    position = fields.Integer(required=True, validate=validate.Range(0, 10**9))
