"""Alembic's scripts for the ledger; run by store.schema, never by hand."""
