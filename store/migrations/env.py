"""Where Alembic begins: on the connection and in the transaction that store.schema hands over."""

from __future__ import annotations

from alembic import context

from store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,  # SQLite too: its transaction was begun by hand
)
with context.begin_transaction():
    context.run_migrations()
