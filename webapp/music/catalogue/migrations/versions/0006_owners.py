"""Whose a playlist or a pasted address is: a visitor's own, or everybody's, as all were until now."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

INDEX = "ix_playlists_owner"


def upgrade() -> None:
    """Adds both columns; what is there stays everybody's."""
    for table in ("playlists", "tracks"):
        op.add_column(table, sa.Column("owner", sa.String(36), nullable=False, server_default=""))
    op.create_index(INDEX, "playlists", ["owner"])


def downgrade() -> None:
    """Deletes what belongs to a visitor: the older version would show it to all."""
    op.execute("DELETE FROM playlists WHERE owner <> ''")
    op.execute("DELETE FROM tracks WHERE owner <> ''")
    op.drop_index(INDEX, "playlists")
    for table in ("playlists", "tracks"):
        op.drop_column(table, "owner")
