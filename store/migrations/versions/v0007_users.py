"""Users, their API tokens and their sessions: user_account, api_token, session.

Revision ID: 0007
Revises: 0006
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def instant(name: str, *, null: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "user_account",
        text("name"), text("display_name"), text("language"), json("roles"), text("password_hash"),
        json("channels"), sa.Column("active", sa.Boolean(), nullable=False), instant("created_at"),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "api_token",
        text("id"), text("user"), text("name"), json("scopes"), text("digest"), instant("created_at"),
        instant("expires_at", null=True), instant("last_used_at", null=True),
        instant("revoked_at", null=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "session",
        text("digest"), text("user"), instant("created_at"), instant("seen_at"), instant("expires_at"),
        text("address"),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("session_by_user", "session", ["user"])
