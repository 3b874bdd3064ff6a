"""Adjustments are about a process and resource: amendment.process, amendment.resource.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("process", "resource"):
        op.add_column("amendment", sa.Column(name, sa.Text(), nullable=False, server_default=""))
