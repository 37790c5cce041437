"""Playlists: made, filled, put in order, moved on the plane, deleted and restored."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate, validates_schema
from marshmallow.exceptions import ValidationError

from webapp.music.catalogue import playlists
from webapp.music.catalogue.tables import NAME_LENGTH
from webapp.music.choice.selection import choosable_ids
from webapp.music.http.common import MayChange, PageQuery, PageSchema, plain, point_field
from webapp.music.http.tracks import TrackSchema
from webapp.music.http.visitors import current_maker, current_visitor
from webapp.services import services
from webapp.web.openapi import Blueprint, Id, ShortList
from webapp.web.uploads import body_limit

ADD_LIMIT = 5000
MAX_BODY_BYTES = 128 * 1024
"""Holds that many ids of 19 digits."""


def name_field(**options: Any) -> fields.String:
    """A name for people: one line, not blank."""
    printable = validate.Regexp(r"\S", error="Must not be blank.")
    return fields.String(validate=[validate.Length(1, NAME_LENGTH), printable, plain], **options)


class PlaylistSchema(Schema):
    """Tracks in an order, at a point of the plane."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"description": "`own`, `folder`, `mood` or `built_in`."})
    name = fields.String(required=True)
    point = point_field(required=True, allow_none=True)
    placed_by = fields.String(required=True, metadata={"description": "`user`, `tracks` or `maker`."})
    num_tracks = fields.Integer(required=True)
    deleted = fields.Boolean(required=True)
    may_change = MayChange(
        required=True, metadata={"description": "Whether this visitor may move, fill or delete it."}
    )


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
    choosable = fields.List(
        fields.Integer(),
        required=True,
        metadata={"description": "Those of them from which music is chosen now, by their ids."},
    )


class EntriesSchema(PageSchema):
    """Some of a playlist's tracks."""

    entries = fields.List(fields.Nested(EntrySchema), required=True, attribute="items")


class NewPlaylistSchema(Schema):
    """A playlist to make."""

    name = name_field(required=True)
    point = point_field(load_default=None, allow_none=True)
    track_ids = ShortList(Id(), load_default=[], validate=validate.Length(max=ADD_LIMIT))
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

    track_ids = ShortList(Id(), required=True, validate=validate.Length(1, ADD_LIMIT))
    position = fields.Integer(
        load_default=None,
        validate=validate.Range(0, 10**9),
        metadata={"description": "Before which; else the end."},
    )


class MoveSchema(Schema):
    """Where an entry goes."""

    position = fields.Integer(required=True, validate=validate.Range(0, 10**9))


bp = Blueprint("playlists", __name__, url_prefix="/api/v1/playlists", description="Playlists on the plane")
bp.before_request(body_limit(MAX_BODY_BYTES))


@bp.get("")
@bp.arguments(PlaylistsQuery, location="query")
@bp.response(200, PlaylistsSchema)
@bp.problems(422, 503)
def list_playlists(query: dict[str, Any]) -> Any:
    """Returns playlists, the visitors' own ones first."""
    visitor, app = current_visitor(), services().music
    page = app.read(playlists.list_playlists, **query, visitor=visitor)
    choosable = app.read(choosable_ids, [one.id for one in page.items], visitor)
    return {**vars(page), "choosable": choosable}


@bp.post("")
@bp.arguments(NewPlaylistSchema)
@bp.response(201, PlaylistSchema)
@bp.problems(404, 422, 503)
def create(asked: dict[str, Any]) -> Any:
    """Makes a playlist. Without a point it is at the mean of its tracks."""
    return services().music.write(playlists.create_playlist, **asked, visitor=current_maker())


@bp.get("/<int:playlist_id>")
@bp.response(200, PlaylistSchema)
@bp.problems(404, 503)
def get(playlist_id: int) -> Any:
    """Returns one playlist."""
    return services().music.read(playlists.get_playlist, playlist_id, visitor=current_visitor())


@bp.patch("/<int:playlist_id>")
@bp.arguments(PlaylistChangeSchema)
@bp.response(200, PlaylistSchema)
@bp.problems(404, 409, 422, 503)
def change(asked: dict[str, Any], playlist_id: int) -> Any:
    """Renames a playlist or moves its point."""
    return services().music.write(playlists.change_playlist, playlist_id, **asked, visitor=current_visitor())


@bp.delete("/<int:playlist_id>")
@bp.response(204)
@bp.problems(404, 409, 503)
def delete(playlist_id: int) -> None:
    """Deletes a playlist, not its tracks; it can be restored for a day."""
    services().music.write(playlists.delete_playlist, playlist_id, visitor=current_visitor())


@bp.post("/<int:playlist_id>/restore")
@bp.response(200, PlaylistSchema)
@bp.problems(404, 409, 503)
def restore(playlist_id: int) -> Any:
    """Takes a deletion back."""
    return services().music.write(playlists.restore_playlist, playlist_id, visitor=current_visitor())


@bp.get("/<int:playlist_id>/entries")
@bp.arguments(PageQuery, location="query")
@bp.response(200, EntriesSchema)
@bp.problems(404, 422, 503)
def list_entries(query: dict[str, Any], playlist_id: int) -> Any:
    """Returns a playlist's tracks in their order."""
    return services().music.read(playlists.list_entries, playlist_id, **query, visitor=current_visitor())


@bp.post("/<int:playlist_id>/entries")
@bp.arguments(AddTracksSchema)
@bp.response(204)
@bp.problems(404, 409, 422, 503)
def add_tracks(asked: dict[str, Any], playlist_id: int) -> None:
    """Puts tracks into a playlist."""
    services().music.write(playlists.add_tracks, playlist_id, **asked, visitor=current_visitor())


@bp.patch("/<int:playlist_id>/entries/<int:entry_id>")
@bp.arguments(MoveSchema)
@bp.response(200, EntrySchema)
@bp.problems(404, 409, 422, 503)
def move(asked: dict[str, Any], playlist_id: int, entry_id: int) -> Any:
    """Moves a track to another place of its playlist."""
    return services().music.write(
        playlists.move_entry, playlist_id, entry_id, **asked, visitor=current_visitor()
    )


@bp.delete("/<int:playlist_id>/entries/<int:entry_id>")
@bp.response(200, EntrySchema)
@bp.problems(404, 409, 503)
def remove(playlist_id: int, entry_id: int) -> Any:
    """Takes a track out of its playlist and returns the entry, so that it can be put back."""
    return services().music.write(playlists.remove_entry, playlist_id, entry_id, visitor=current_visitor())
