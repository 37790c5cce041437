"""Indexes that hold all the choice asks for: tracks near a point that are on a playlist, without looking any up."""

from alembic import op

revision = "0004"
down_revision = "0003"

PLANE, PLANE_BEFORE = "ix_tracks_valence_arousal_state_kind", "ix_tracks_valence_arousal"
PLACES, PLACES_BEFORE = "ix_entries_track_id_playlist_id", "ix_entries_track_id"


def upgrade() -> None:
    """Replaces both."""
    op.create_index(PLANE, "tracks", ["valence", "arousal", "state", "kind"])
    op.drop_index(PLANE_BEFORE, "tracks")
    op.create_index(PLACES, "entries", ["track_id", "playlist_id"])
    op.drop_index(PLACES_BEFORE, "entries")


def downgrade() -> None:
    """Puts the old ones back."""
    op.create_index(PLANE_BEFORE, "tracks", ["valence", "arousal"])
    op.drop_index(PLANE, "tracks")
    op.create_index(PLACES_BEFORE, "entries", ["track_id"])
    op.drop_index(PLACES, "entries")
