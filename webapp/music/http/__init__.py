"""The music's HTTP routes with their schemas, a file a topic. All stand in the OpenAPI document."""

from __future__ import annotations

from webapp.music.http import exchange, journal, player, playlists, scan, tracks
from webapp.music.http.common import refuse_changes, refuse_changes_for_all
from webapp.music.http.visitors import keep_cookie

BLUEPRINTS = (player.bp, playlists.bp, exchange.bp, tracks.bp, scan.bp, journal.bp)

for _bp in (playlists.bp, exchange.bp, tracks.bp, scan.bp):
    _bp.before_request(refuse_changes)
scan.bp.before_request(refuse_changes_for_all)
for _bp in BLUEPRINTS:
    _bp.after_request(keep_cookie)
