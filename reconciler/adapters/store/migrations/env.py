"""A connection with its transaction begun in, the revisions that it lacks out: what Alembic runs."""

from __future__ import annotations

from alembic import context

from reconciler.adapters.store.revisions import VERSIONS

context.configure(connection=context.config.attributes["connection"], version_table=VERSIONS)
with context.begin_transaction():
    context.run_migrations()
