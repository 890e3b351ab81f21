"""Questions that are closed for many at once are known as one deed; some of all are looked at again by a second supervisor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0054'
down_revision = '0053'
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column('review_decision', sa.Column('drawn', sa.Boolean(), nullable=True))
    op.add_column('emergency_message', sa.Column('notice', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('review_decision', sa.Column('batch', sa.String(32), nullable=True))
    filled = sa.text('batch IS NOT NULL')
    op.create_index('ix_review_decision_batch', 'review_decision', ['batch'], sqlite_where=filled, postgresql_where=filled)
    undrawn = sa.text('drawn IS NULL')
    op.create_index('ix_review_decision_undrawn', 'review_decision', ['at'], sqlite_where=undrawn, postgresql_where=undrawn)
    op.create_table(
        'second_look_share',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('percent', sa.Integer(), nullable=False),
        sa.Column('seed', sa.String(64), nullable=False),
        sa.Column('since', moment, nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_second_look_share_account_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_second_look_share')),
    )
    op.create_table(
        'second_look',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('decision_id', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('first_by', sa.Integer(), nullable=False),
        sa.Column('drawn_at', moment, nullable=False),
        sa.Column('looked_by', sa.Integer(), nullable=True),
        sa.Column('looked_at', moment, nullable=True),
        sa.Column('agrees', sa.Boolean(), nullable=True),
        sa.Column('note', sa.Text(), nullable=False),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f'fk_second_look_{column}'))
            for column, target in (
                ('decision_id', 'review_decision.id'),
                ('zone_id', 'zone.id'),
                ('first_by', 'account.id'),
                ('looked_by', 'account.id'),
            )
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_second_look')),
        sa.UniqueConstraint('decision_id', name=op.f('uq_second_look_decision_id')),
    )
    for column in ('zone_id', 'first_by', 'looked_by'):
        op.create_index(f'ix_second_look_{column}', 'second_look', [column])
    waiting = sa.text('looked_at IS NULL')
    op.create_index('ix_second_look_waiting', 'second_look', ['drawn_at'], sqlite_where=waiting, postgresql_where=waiting)


def downgrade() -> None:
    op.drop_table('second_look')
    op.drop_table('second_look_share')
    op.execute("DELETE FROM prompt WHERE kind = 'notice'")
    op.execute('DELETE FROM emergency_message WHERE notice')
    op.drop_column('emergency_message', 'notice')
    for name in ('undrawn', 'batch'):
        op.drop_index(f'ix_review_decision_{name}', table_name='review_decision')
    op.drop_column('review_decision', 'drawn')
    op.drop_column('review_decision', 'batch')
