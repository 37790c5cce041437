"""Playlists: made, filled, put in order, moved on the plane, deleted and restored."""

from __future__ import annotations

from typing import Any

from webapp.music import playlists
from webapp.music.schemas import playlists as schemas
from webapp.music.schemas.common import PageQuery
from webapp.services import services
from webapp.web.openapi import Blueprint

bp = Blueprint("playlists", __name__, url_prefix="/api/v1/playlists", description="Playlists on the plane")


@bp.get("")
@bp.arguments(schemas.PlaylistsQuery, location="query")
@bp.response(200, schemas.PlaylistsSchema)
@bp.problems(422, 503)
def list_playlists(query: dict[str, Any]) -> Any:
    """Returns playlists, the visitors' own ones first."""
    return services().music.read(playlists.list_playlists, **query)


@bp.post("")
@bp.arguments(schemas.NewPlaylistSchema)
@bp.response(201, schemas.PlaylistSchema)
@bp.problems(404, 422, 503)
def create(asked: dict[str, Any]) -> Any:
    """Makes a playlist. Without a point it is at the mean of its tracks."""
    return services().music.write(playlists.create_playlist, **asked)


@bp.get("/<int:playlist_id>")
@bp.response(200, schemas.PlaylistSchema)
@bp.problems(404, 503)
def get(playlist_id: int) -> Any:
    """Returns one playlist."""
    return services().music.read(playlists.get_playlist, playlist_id)


@bp.patch("/<int:playlist_id>")
@bp.arguments(schemas.PlaylistChangeSchema)
@bp.response(200, schemas.PlaylistSchema)
@bp.problems(404, 409, 422, 503)
def change(asked: dict[str, Any], playlist_id: int) -> Any:
    """Renames a playlist or moves its point."""
    return services().music.write(playlists.change_playlist, playlist_id, **asked)


@bp.delete("/<int:playlist_id>")
@bp.response(204)
@bp.problems(404, 503)
def delete(playlist_id: int) -> None:
    """Deletes a playlist, not its tracks; it can be restored for a day."""
    services().music.write(playlists.delete_playlist, playlist_id)


@bp.post("/<int:playlist_id>/restore")
@bp.response(200, schemas.PlaylistSchema)
@bp.problems(404, 503)
def restore(playlist_id: int) -> Any:
    """Takes a deletion back."""
    return services().music.write(playlists.restore_playlist, playlist_id)


@bp.get("/<int:playlist_id>/entries")
@bp.arguments(PageQuery, location="query")
@bp.response(200, schemas.EntriesSchema)
@bp.problems(404, 422, 503)
def list_entries(query: dict[str, Any], playlist_id: int) -> Any:
    """Returns a playlist's tracks in their order."""
    return services().music.read(playlists.list_entries, playlist_id, **query)


@bp.post("/<int:playlist_id>/entries")
@bp.arguments(schemas.AddTracksSchema)
@bp.response(204)
@bp.problems(404, 409, 422, 503)
def add_tracks(asked: dict[str, Any], playlist_id: int) -> None:
    """Puts tracks into a playlist."""
    services().music.write(playlists.add_tracks, playlist_id, **asked)


@bp.patch("/<int:playlist_id>/entries/<int:entry_id>")
@bp.arguments(schemas.MoveSchema)
@bp.response(200, schemas.EntrySchema)
@bp.problems(404, 409, 422, 503)
def move(asked: dict[str, Any], playlist_id: int, entry_id: int) -> Any:
    """Moves a track to another place of its playlist."""
    return services().music.write(playlists.move_entry, playlist_id, entry_id, **asked)


@bp.delete("/<int:playlist_id>/entries/<int:entry_id>")
@bp.response(200, schemas.EntrySchema)
@bp.problems(404, 409, 503)
def remove(playlist_id: int, entry_id: int) -> Any:
    """Takes a track out of its playlist and returns the entry, so that it can be put back."""
    return services().music.write(playlists.remove_entry, playlist_id, entry_id)
