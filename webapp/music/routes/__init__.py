"""The music's HTTP routes; thin. All stand in the OpenAPI document."""

from __future__ import annotations

from webapp.music.routes import player, playlists, scan, tracks

BLUEPRINTS = (player.bp, playlists.bp, tracks.bp, scan.bp)
