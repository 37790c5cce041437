"""An index of the plane: the tracks near a point are found without reading all."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Makes the index."""
    op.create_index("ix_tracks_valence_arousal", "tracks", ["valence", "arousal"])


def downgrade() -> None:
    """Drops it."""
    op.drop_index("ix_tracks_valence_arousal", "tracks")
