"""The first schema: baseline, snapshot, hotspot, alert, outbox, audit.

Revision ID: 0001
Revises: -
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
APPROVED = sa.text("status = 'approved'")
UNSENT = sa.text("sent_at IS NULL")

# The audit trail can only grow, whoever holds the connection.
SQLITE_GUARDS = [
    f"CREATE TRIGGER audit_no_{verb.lower()} BEFORE {verb} ON audit "
    "BEGIN SELECT RAISE(ABORT, 'the audit trail can only grow'); END"
    for verb in ("UPDATE", "DELETE")
]
POSTGRES_GUARDS = [
    """
    CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit trail can only grow'; END $$
    """,
    """
    CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()
    """,
]


def text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def instant(name: str, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, INSTANT, nullable=null)


def number(name: str, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Double(), nullable=null)


def whole(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=False, autoincrement=False)


def json(name: str, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=null)


def upgrade() -> None:
    op.create_table(
        "baseline",
        text("process"), text("resource"), whole("version"), text("status"), text("model"),
        json("variables"), instant("period_start"), instant("period_end"), whole("interval_s"),
        json("coefficients"), json("statistics"), json("cross_validated", null=True), json("findings"),
        instant("created_at"), text("reason"), text("author"),
        sa.PrimaryKeyConstraint("process", "resource", "version"),
    )
    op.create_index(
        "baseline_one_approved", "baseline", ["process", "resource"], unique=True,
        sqlite_where=APPROVED, postgresql_where=APPROVED,
    )
    op.create_table(
        "snapshot",
        text("process"), text("resource"), instant("watermark"), whole("baseline_version"),
        whole("format"), sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("process", "resource"),
    )
    op.create_table(
        "hotspot",
        text("id"), text("process"), text("resource"), text("kind"), text("detector"),
        instant("since"), instant("detected_at"), instant("judged_until"), instant("ended_at", null=True),
        text("unit"), number("excess_per_hour"), number("expected_per_hour"), number("excess_total"),
        text("currency"), number("cost_per_hour", null=True), number("cost_total", null=True),
        number("kg_co2e_per_hour", null=True), number("kg_co2e_total", null=True), text("cause"),
        number("confidence"), json("evidence"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("hotspot_by_since", "hotspot", ["since"])
    op.create_index("hotspot_by_end", "hotspot", ["ended_at"])
    op.create_table(
        "alert",
        text("fingerprint"), whole("episode"), text("kind"), text("key"), text("severity"), text("state"),
        instant("since"), instant("pending_at"), instant("fired_at", null=True),
        instant("resolved_at", null=True), text("reason"), instant("notified_at", null=True), json("facts"),
        instant("acknowledged_at", null=True), text("acknowledged_by"), instant("gone_at", null=True),
        json("told"),
        sa.PrimaryKeyConstraint("fingerprint", "episode"),
    )
    op.create_table(
        "outbox",
        text("dedup_key"), text("fingerprint"), whole("episode"), whole("sequence"), text("channel"),
        text("event"), json("body"), instant("created_at"), instant("due_at"), whole("attempts"),
        instant("sent_at", null=True), text("last_error"), instant("dead_at", null=True),
        sa.PrimaryKeyConstraint("dedup_key"),
    )
    op.create_index(
        "outbox_unsent", "outbox", ["fingerprint", "channel", "sequence"],
        sqlite_where=UNSENT, postgresql_where=UNSENT,
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True),
        instant("at"), text("who"), text("what"), text("about"), text("why"), json("details"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("audit_by_about", "audit", ["about", "id"])
    guards = SQLITE_GUARDS if op.get_bind().dialect.name == "sqlite" else POSTGRES_GUARDS
    for guard in guards:
        op.execute(guard)
