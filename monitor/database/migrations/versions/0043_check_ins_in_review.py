"""Answers that wait for a supervisor are found without looking through all check-ins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0043'
down_revision = '0042'
branch_labels = None
depends_on = None


def upgrade() -> None:
    waiting = sa.text("state = 'in_review'")
    op.create_index('ix_check_in_in_review', 'check_in', ['resident_id'], sqlite_where=waiting, postgresql_where=waiting)


def downgrade() -> None:
    op.drop_index('ix_check_in_in_review', table_name='check_in')
