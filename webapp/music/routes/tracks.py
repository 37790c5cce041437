"""Tracks: found, corrected, played."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_babel import gettext

from webapp.music import tracks
from webapp.music.audio import send_audio
from webapp.music.checking import FileGone, locate, note_gone, problem_of
from webapp.music.schemas import tracks as schemas
from webapp.music.sources.built_in import pieces_called
from webapp.services import services
from webapp.web.openapi import Blueprint

bp = Blueprint("tracks", __name__, url_prefix="/api/v1/tracks", description="What can be played")


@bp.get("")
@bp.arguments(schemas.TracksQuery, location="query")
@bp.response(200, schemas.TracksSchema)
@bp.problems(422, 503)
def list_tracks(query: dict[str, Any]) -> Any:
    """Returns tracks by title. A search also finds built-in pieces by their names in the visitor's language."""
    page, page_size = query.pop("page"), query.pop("page_size")
    which = tracks.Which(**query, pieces=pieces_called(query["search"], gettext))
    return services().music.read(tracks.list_tracks, page, page_size, which)


@bp.post("")
@bp.arguments(schemas.AddressSchema)
@bp.response(201, schemas.AddedTracksSchema)
@bp.problems(422, 503)
def add(asked: dict[str, Any]) -> dict[str, Any]:
    """Adds what is behind a pasted address: a radio station, or a playlist of a music service."""
    return {"tracks": services().music.add_address(asked["url"])}


@bp.get("/<int:track_id>")
@bp.response(200, schemas.TrackSchema)
@bp.problems(404, 503)
def get(track_id: int) -> Any:
    """Returns one track."""
    return services().music.read(tracks.get_track, track_id)


@bp.patch("/<int:track_id>")
@bp.arguments(schemas.TrackChangeSchema)
@bp.response(200, schemas.TrackSchema)
@bp.problems(404, 422, 503)
def correct(asked: dict[str, Any], track_id: int) -> Any:
    """Corrects a track's mood."""
    return services().music.write(tracks.correct_mood, track_id, asked["point"])


@bp.delete("/<int:track_id>")
@bp.response(204)
@bp.problems(404, 409, 503)
def remove(track_id: int) -> None:
    """Takes a pasted address out of the catalogue and of all playlists; it can be restored for a day."""
    services().music.write(tracks.remove_track, track_id)


@bp.post("/<int:track_id>/restore")
@bp.response(200, schemas.TrackSchema)
@bp.problems(404, 409, 503)
def restore(track_id: int) -> Any:
    """Takes a removal back, also from the playlists."""
    return services().music.write(tracks.restore_track, track_id)


@bp.get("/<int:track_id>/audio")
@bp.response(200, {"type": "string", "format": "binary"}, content_type="audio/*", description="The sound")
@bp.alt_response(
    206, schema={"type": "string", "format": "binary"}, content_type="audio/*", description="A part of it"
)
@bp.problems(404, 416, 503)
def audio(track_id: int) -> Response:
    """Sends a file's sound, or the part that `Range` asks for."""
    app = services()
    path = app.music.read(locate, track_id, app.music.music_dir)
    try:
        if path is None:
            raise FileNotFoundError
        return send_audio(request, path, app.run_blocking)
    except OSError as error:
        app.music.write(note_gone, track_id)
        raise FileGone(
            "The file of this track is gone or cannot be read. It is skipped from now on."
        ) from error


@bp.post("/<int:track_id>/check")
@bp.response(200, schemas.TrackSchema)
@bp.problems(404, 503)
def check_file(track_id: int) -> Any:
    """Looks at a file again that did not play; a damaged or missing one is skipped from now on."""
    app = services().music
    path = app.read(locate, track_id, app.music_dir)
    app.write(tracks.mark, track_id, *services().run_blocking(problem_of, path))
    return app.read(tracks.get_track, track_id)
