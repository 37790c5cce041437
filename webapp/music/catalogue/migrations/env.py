"""Alembic's entry: the connection is that of webapp.music.catalogue.database, whose transaction it runs in."""

from alembic import context

from webapp.music.catalogue.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew
)
with context.begin_transaction():
    context.run_migrations()
