"""Tracks: found, corrected, played."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext
from marshmallow import Schema, fields, validate

from webapp.errors import FileGone, ServerBusy
from webapp.music.catalogue import playlists, tracks
from webapp.music.catalogue.tables import NAME_LENGTH
from webapp.music.http.audio import send_audio
from webapp.music.http.common import KINDS, MayChange, PageQuery, PageSchema, plain, point_field
from webapp.music.http.visitors import current_maker, current_visitor
from webapp.music.sources.built_in import pieces_called
from webapp.music.sources.files import will_pass
from webapp.services import services
from webapp.web.openapi import Blueprint, Id

RETRY_MS = 5000


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
            "description": "embed: `provider`, `frame` (address of its iframe), `height`; built_in: `seed`; file: "
            "`loudness_lufs` and `peak_db` (EBU R 128), once they are measured."
        },
    )
    may_change = MayChange(
        required=True, metadata={"description": "Whether this visitor may correct or remove it."}
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
    playlist_id = Id(
        load_default=None,
        allow_none=True,
        metadata={"description": "A playlist, to be told which of the tracks it holds already."},
    )


class AddedTracksSchema(Schema):
    """What was behind it; several where it was a list of stations."""

    tracks = fields.List(fields.Nested(TrackSchema), required=True)
    held = fields.List(
        fields.Integer(),
        required=True,
        metadata={"description": "Ids of those that the named playlist holds already."},
    )


bp = Blueprint("tracks", __name__, url_prefix="/api/v1/tracks", description="What can be played")


@bp.get("")
@bp.arguments(TracksQuery, location="query")
@bp.response(200, TracksSchema)
@bp.problems(422, 503)
def list_tracks(query: dict[str, Any]) -> Any:
    """Returns tracks by title. A search also finds built-in pieces by their names in the visitor's language."""
    page, page_size = query.pop("page"), query.pop("page_size")
    pieces = pieces_called(query["search"], gettext)
    which = tracks.Which(**query, pieces=pieces, visitor=current_visitor())
    return services().music.read(tracks.list_tracks, page, page_size, which)


@bp.post("")
@bp.arguments(AddressSchema)
@bp.response(201, AddedTracksSchema)
@bp.problems(404, 422, 503)
def add(asked: dict[str, Any]) -> dict[str, Any]:
    """Adds what is behind a pasted address: a radio station, or a playlist of a music service."""
    app, visitor, playlist_id = services().music, current_maker(), asked["playlist_id"]
    added = app.add_address(asked["url"], visitor)
    ids = [one.id for one in added]
    held = playlist_id and app.read(playlists.held_tracks, playlist_id, ids, visitor=visitor)
    return {"tracks": added, "held": held or []}


@bp.get("/<int:track_id>")
@bp.response(200, TrackSchema)
@bp.problems(404, 503)
def get(track_id: int) -> Any:
    """Returns one track."""
    return services().music.read(tracks.get_track, track_id, visitor=current_visitor())


@bp.patch("/<int:track_id>")
@bp.arguments(TrackChangeSchema)
@bp.response(200, TrackSchema)
@bp.problems(404, 409, 422, 503)
def correct(asked: dict[str, Any], track_id: int) -> Any:
    """Corrects a track's mood."""
    return services().music.write(tracks.correct_mood, track_id, asked["point"], visitor=current_visitor())


@bp.delete("/<int:track_id>")
@bp.response(204)
@bp.problems(404, 409, 503)
def remove(track_id: int) -> None:
    """Takes a pasted address out of the catalogue and of all playlists; it can be restored for a day."""
    services().music.write(tracks.remove_track, track_id, visitor=current_visitor())


@bp.post("/<int:track_id>/restore")
@bp.response(200, TrackSchema)
@bp.problems(404, 409, 503)
def restore(track_id: int) -> Any:
    """Takes a removal back, also from the playlists."""
    return services().music.write(tracks.restore_track, track_id, visitor=current_visitor())


@bp.get("/<int:track_id>/audio")
@bp.response(200, {"type": "string", "format": "binary"}, content_type="audio/*", description="The sound")
@bp.alt_response(
    206, schema={"type": "string", "format": "binary"}, content_type="audio/*", description="A part of it"
)
@bp.problems(404, 416, 503)
def audio(track_id: int) -> Response:
    """Sends a file's sound, or the part that `Range` asks for."""
    app = services().music
    try:
        path = app.locate(track_id)
        if path is None:
            raise FileNotFoundError
        return send_audio(request, path, app.pools.audio.run)
    except OSError as error:
        if will_pass(error):
            raise ServerBusy(
                "The file of this track cannot be read at the moment. Try again later.",
                retry_after_ms=RETRY_MS,
            ) from error
        app.write(tracks.note_gone, track_id)
        raise FileGone(
            "The file of this track is gone or cannot be read. It is skipped from now on."
        ) from error


@bp.post("/<int:track_id>/check")
@bp.response(200, TrackSchema)
@bp.problems(404, 503)
def check_file(track_id: int) -> Any:
    """Looks at a file again that did not play; a damaged or missing one is skipped from now on."""
    return services().music.check(track_id)
