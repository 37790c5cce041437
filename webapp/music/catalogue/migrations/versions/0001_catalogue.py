"""Playlists, tracks, feedback, journal, scans."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes the tables."""
    _playlists()
    _tracks()
    _entries()
    _listeners()
    _scans()


def downgrade() -> None:
    """Drops the tables."""
    for table in ("scans", "journal", "feedback", "entries", "tracks", "playlists"):
        op.drop_table(table)


def _playlists() -> None:
    op.create_table(
        "playlists",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("key", sa.String(1024)),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("valence", sa.Double),
        sa.Column("arousal", sa.Double),
        sa.Column("placed_by", sa.String(10), nullable=False),
        sa.Column("deleted_at", sa.Double),
        sa.PrimaryKeyConstraint("id", name="pk_playlists"),
        sa.UniqueConstraint("kind", "key", name="uq_playlists_kind_key"),
    )


def _tracks() -> None:
    op.create_table(
        "tracks",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("key", sa.String(1024), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("artist", sa.String(200), nullable=False),
        sa.Column("album", sa.String(200), nullable=False),
        sa.Column("duration_s", sa.Double),
        sa.Column("bpm", sa.Double),
        sa.Column("valence", sa.Double),
        sa.Column("arousal", sa.Double),
        sa.Column("mood_by", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("problem", sa.String(200), nullable=False),
        sa.Column("size_bytes", sa.BigInteger),
        sa.Column("modified_ns", sa.BigInteger),
        sa.Column("listened", sa.Boolean, nullable=False),
        sa.Column("scan", sa.Integer, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tracks"),
        sa.UniqueConstraint("kind", "key", name="uq_tracks_kind_key"),
    )
    op.create_index("ix_tracks_kind_state", "tracks", ["kind", "state"])
    op.create_index("ix_tracks_title_id", "tracks", ["title", "id"])


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("playlist_id", sa.Integer, nullable=False),
        sa.Column("track_id", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.ForeignKeyConstraint(
            ["playlist_id"], ["playlists.id"], name="fk_entries_playlist_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], name="fk_entries_track_id", ondelete="CASCADE"),
    )
    op.create_index("ix_entries_playlist_id_position", "entries", ["playlist_id", "position"])
    op.create_index("ix_entries_track_id", "entries", ["track_id"])


def _listeners() -> None:
    op.create_table(
        "feedback",
        sa.Column("listener", sa.String(36), nullable=False),
        sa.Column("track_id", sa.Integer, nullable=False),
        sa.Column("likes", sa.Integer, nullable=False),
        sa.Column("skips", sa.Integer, nullable=False),
        sa.Column("plays", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("listener", "track_id", name="pk_feedback"),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], name="fk_feedback_track_id", ondelete="CASCADE"),
    )
    op.create_index("ix_feedback_track_id", "feedback", ["track_id"])
    op.create_table(
        "journal",
        sa.Column("listener", sa.String(36), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("label", sa.String(20), nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("listener", "day", "label", name="pk_journal"),
    )


def _scans() -> None:
    op.create_table(
        "scans",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("num_found", sa.Integer, nullable=False),
        sa.Column("num_done", sa.Integer, nullable=False),
        sa.Column("num_problems", sa.Integer, nullable=False),
        sa.Column("started_at", sa.Double),
        sa.Column("beat_at", sa.Double),
        sa.Column("message", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_scans"),
    )
