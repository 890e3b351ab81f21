"""Two records of one person become one: which became a part of which."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0040'
down_revision = '0039'
branch_labels = None
depends_on = None


def _refers(name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f'{target}.id'], name=op.f(f'fk_merged_record_{name}'))


def upgrade() -> None:
    op.create_table(
        'merged_record',
        sa.Column('gone_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('into_id', sa.Integer(), nullable=False),
        sa.Column('merged_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('merged_by', sa.Integer(), nullable=False),
        sa.Column('reason', sa.String(length=300), nullable=False),
        _refers('gone_id', 'resident'),
        _refers('into_id', 'resident'),
        _refers('merged_by', 'account'),
        sa.PrimaryKeyConstraint('gone_id', name=op.f('pk_merged_record')),
    )
    op.create_index(op.f('ix_merged_record_into_id'), 'merged_record', ['into_id'])


def downgrade() -> None:
    op.drop_table('merged_record')
