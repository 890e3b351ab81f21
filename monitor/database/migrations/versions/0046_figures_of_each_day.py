"""Figures of each zone and day are counted and kept, and decisions are found by zone and time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0046'
down_revision = '0045'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'daily_figures',
        sa.Column('zone_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ('asked', 'answered', 'missed', 'unreached', 'excused')),
        sa.Column('counts', sa.JSON(), nullable=False),
        sa.Column('counted_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('next_count_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('zone_id', 'day', name=op.f('pk_daily_figures')),
    )
    due = sa.text('next_count_at IS NOT NULL')
    op.create_index('ix_daily_figures_next_count_at', 'daily_figures', ['next_count_at'], sqlite_where=due, postgresql_where=due)
    op.create_index('ix_daily_figures_day', 'daily_figures', ['day'])
    op.create_index('ix_review_zone_id_at', 'review', ['zone_id', 'at'])
    op.drop_index('ix_review_zone_id', table_name='review')


def downgrade() -> None:
    op.create_index('ix_review_zone_id', 'review', ['zone_id'])
    op.drop_index('ix_review_zone_id_at', table_name='review')
    op.drop_table('daily_figures')
