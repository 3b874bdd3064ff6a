"""Amendments of the past, and checkpoints to judge again from: amendment, checkpoint, snapshot.amended.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)

# The journal can only grow, whoever holds the connection.
SQLITE_GUARDS = [
    f"CREATE TRIGGER amendment_no_{verb.lower()} BEFORE {verb} ON amendment "
    "BEGIN SELECT RAISE(ABORT, 'the journal of amendments can only grow'); END"
    for verb in ("UPDATE", "DELETE")
]
POSTGRES_GUARDS = [
    """
    CREATE FUNCTION amendment_only_grows() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the journal of amendments can only grow'; END $$
    """,
    """
    CREATE TRIGGER amendment_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON amendment
    FOR EACH STATEMENT EXECUTE FUNCTION amendment_only_grows()
    """,
]


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def number(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Double(), nullable=True)


def amended() -> sa.Column[int]:
    return sa.Column("amended", sa.BigInteger(), nullable=False, server_default="0")


def upgrade() -> None:
    op.add_column("snapshot", amended())
    op.create_table(
        "checkpoint",
        text("process"), text("resource"), sa.Column("watermark", INSTANT, nullable=False),
        sa.Column("baseline_version", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("format", sa.BigInteger(), nullable=False), sa.Column("state", sa.LargeBinary(), nullable=False),
        amended(),
        sa.PrimaryKeyConstraint("process", "resource", "watermark", "baseline_version"),
    )
    op.create_table(
        "amendment",
        sa.Column("id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("at", INSTANT, nullable=False), text("who"), text("why"), text("meter"), text("kind"),
        sa.Column("start", INSTANT, nullable=False), sa.Column("end", INSTANT, nullable=False), number("value"),
        number("old_register"), number("new_register"), number("old_rollover"), number("new_rollover"),
        sa.Column("undoes", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("amendment_undone_once", "amendment", ["undoes"], unique=True)
    guards = SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else POSTGRES_GUARDS
    for guard in guards:
        op.execute(guard)
