"""The music's HTTP routes; thin. All stand in the OpenAPI document."""

from __future__ import annotations

from webapp.music.routes import exchange, journal, player, playlists, scan, tracks

BLUEPRINTS = (player.bp, playlists.bp, exchange.bp, tracks.bp, scan.bp, journal.bp)
