"""The music's HTTP routes with their schemas, a file a topic. All stand in the OpenAPI document."""

from __future__ import annotations

from webapp.music.http import exchange, journal, player, playlists, scan, tracks
from webapp.music.http.common import refuse_changes

for _bp in (playlists.bp, exchange.bp, tracks.bp, scan.bp):
    _bp.before_request(refuse_changes)

BLUEPRINTS = (player.bp, playlists.bp, exchange.bp, tracks.bp, scan.bp, journal.bp)
