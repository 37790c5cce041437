"""Tracks: found, corrected, played."""

from __future__ import annotations

from typing import Any

from webapp.music import schemas, tracks
from webapp.openapi import Blueprint
from webapp.services import services

bp = Blueprint("tracks", __name__, url_prefix="/api/v1/tracks", description="What can be played")


@bp.get("")
@bp.arguments(schemas.TracksQuery, location="query")
@bp.response(200, schemas.TracksSchema)
@bp.problems(422, 503)
def list_tracks(query: dict[str, Any]) -> Any:
    """Returns tracks by title."""
    return services().music.read(tracks.list_tracks, **query)


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
