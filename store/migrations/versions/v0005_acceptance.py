"""How baselines stand by the acceptance profiles, and who decided on them: baseline.acceptance, baseline.decision.

Revision ID: 0005
Revises: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("acceptance", "decision"):
        op.add_column("baseline", sa.Column(name, sa.JSON(), nullable=True))
