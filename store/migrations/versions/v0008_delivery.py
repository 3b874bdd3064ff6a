"""What services answered, and since when a message fails: outbox.failing_since, answer, reference.

Revision ID: 0008
Revises: 0007
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True))
    for name in ("answer", "reference"):
        op.add_column("outbox", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.create_index("outbox_by_channel", "outbox", ["channel", "sent_at"])
