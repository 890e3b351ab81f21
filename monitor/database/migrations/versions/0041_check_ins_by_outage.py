"""Whom an outage touched is found without looking through all check-ins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0041'
down_revision = '0040'
branch_labels = None
depends_on = None


def upgrade() -> None:
    filled = sa.text('outage_id IS NOT NULL')
    op.create_index('ix_check_in_outage_id', 'check_in', ['outage_id'], sqlite_where=filled, postgresql_where=filled)


def downgrade() -> None:
    op.drop_index('ix_check_in_outage_id', table_name='check_in')
