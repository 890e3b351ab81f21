"""What was done to many people at once can be taken back as one for some minutes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0060'
down_revision = '0059'
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'done_for_many',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('batch', sa.String(24), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('resident_id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('at', _MOMENT, nullable=False),
        sa.Column('made', sa.JSON(), nullable=False),
        sa.Column('undone_at', _MOMENT, nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f'fk_done_for_many_{column}'))
            for column, target in (('zone_id', 'zone.id'), ('resident_id', 'resident.id'), ('account_id', 'account.id'))
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_done_for_many')),
    )
    for column in ('batch', 'resident_id', 'at'):
        op.create_index(f'ix_done_for_many_{column}', 'done_for_many', [column])


def downgrade() -> None:
    op.drop_table('done_for_many')
