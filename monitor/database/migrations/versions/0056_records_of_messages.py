"""What the record of messages says of quiet hours and budgets is read now and then, not by each who looks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0056'
down_revision = '0055'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'message_record',
        sa.Column('zone_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('left', sa.Integer(), nullable=False),
        sa.Column('in_quiet', sa.Integer(), nullable=False),
        sa.Column('unreadable', sa.Integer(), nullable=False),
        sa.Column('most', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_message_record_zone_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('zone_id', name=op.f('pk_message_record')),
    )


def downgrade() -> None:
    op.drop_table('message_record')
