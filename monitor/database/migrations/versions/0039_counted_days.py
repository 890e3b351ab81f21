"""The first day from which the day of a laboratory test was counted, so that it follows when that day is corrected."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0039'
down_revision = '0038'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('laboratory_test', sa.Column('counted_from', sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column('laboratory_test', 'counted_from')
