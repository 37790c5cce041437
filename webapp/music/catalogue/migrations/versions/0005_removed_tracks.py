"""When a track was removed, and where it was: a pasted address can be removed and restored."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Adds both columns."""
    op.add_column("tracks", sa.Column("removed_at", sa.Double))
    op.add_column("tracks", sa.Column("places", sa.JSON()))


def downgrade() -> None:
    """Deletes the removed tracks: the older version could not leave them out."""
    op.execute("DELETE FROM tracks WHERE state = 'removed'")
    op.drop_column("tracks", "places")
    op.drop_column("tracks", "removed_at")
