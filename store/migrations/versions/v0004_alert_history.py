"""What alerts went through, silences, feedback and notices: alert_change, silence, feedback, notice, quota.

Revision ID: 0004
Revises: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Histories can only grow, whoever holds the connection.
GROWING = ("alert_change", "feedback")


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def given(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def instant(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, INSTANT, nullable=null)


def whole(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=False)


def numbered() -> sa.Column[int]:
    return sa.Column("id", NUMBER, primary_key=True, autoincrement=True, nullable=False)


def upgrade() -> None:
    op.add_column("alert", instant("snoozed_until", null=True))
    for name in ("snoozed_by", "assigned_to"):
        op.add_column("alert", given(name))
    op.add_column("outbox", given("receiver"))
    op.create_table(
        "alert_change",
        text("fingerprint"), whole("episode"), instant("at"), text("who"), text("change"),
        text("before"), text("after"), text("why"), json("details"), numbered(),
    )
    op.create_index("alert_change_by_alert", "alert_change", ["fingerprint", "id"])
    op.create_index("alert_change_by_time", "alert_change", ["at"])
    op.create_table(
        "silence",
        text("kind"), json("matchers"), instant("starts_at"), instant("ends_at"), text("who"),
        text("comment"), instant("created_at"), numbered(), text("ended_by"),
    )
    op.create_table(
        "feedback",
        text("fingerprint"), whole("episode"), instant("at"), text("who"), text("verdict"),
        text("reason"), text("process"), text("resource"), text("channel"), numbered(),
    )
    op.create_table(
        "notice",
        text("dedup_key"), text("channel"), text("fingerprint"), whole("episode"), text("event"),
        json("body"), instant("made_at"), instant("due_at"), text("why"), text("told_in"),
        sa.PrimaryKeyConstraint("dedup_key"),
    )
    held = sa.text("told_in = ''")
    op.create_index(
        "notice_held", "notice", ["channel", "made_at"], sqlite_where=held, postgresql_where=held
    )
    op.create_table(
        "quota", text("channel"), sa.Column("tokens", sa.Double(), nullable=False), instant("at"),
        sa.PrimaryKeyConstraint("channel"),
    )
    guard = guard_sqlite if op.get_bind().dialect.name == "sqlite" else guard_postgresql
    for table in GROWING:
        guard(table)


def guard_sqlite(table: str) -> None:
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} can only grow'); END"
        )


def guard_postgresql(table: str) -> None:
    op.execute(
        f"CREATE FUNCTION {table}_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} can only grow'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_only_grows()"
    )
