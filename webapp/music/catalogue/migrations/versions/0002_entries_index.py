"""An index that holds all of an entry: choosing from a long playlist no longer looks each entry up."""

from alembic import op

revision = "0002"
down_revision = "0001"

OLD, NEW = "ix_entries_playlist_id_position", "ix_entries_playlist_id_position_track_id"


def upgrade() -> None:
    """Replaces the index."""
    op.create_index(NEW, "entries", ["playlist_id", "position", "track_id"])
    op.drop_index(OLD, "entries")


def downgrade() -> None:
    """Puts the old one back."""
    op.create_index(OLD, "entries", ["playlist_id", "position"])
    op.drop_index(NEW, "entries")
