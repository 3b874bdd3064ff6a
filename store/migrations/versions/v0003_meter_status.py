"""Whether meters that tell it can be heard: meter_status.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "meter_status",
        text("meter"), text("status"), sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        text("why"),
        sa.PrimaryKeyConstraint("meter"),
    )
