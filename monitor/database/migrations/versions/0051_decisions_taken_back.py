"""What was decided in the review queue can be taken back within seconds, and what is wanted first is on one list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0051'
down_revision = '0050'
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    step = sa.Enum('ask', 'call', 'visit', name='nextstep', native_enum=False, create_constraint=False, length=32)
    op.add_column('incident', sa.Column('next_step', step, nullable=True))
    op.add_column('incident', sa.Column('next_step_until', _MOMENT, nullable=True))
    wanted = sa.text('next_step IS NOT NULL')
    op.create_index('ix_incident_next_step', 'incident', ['next_step'], sqlite_where=wanted, postgresql_where=wanted)
    # Claims last for seconds.
    op.execute('DELETE FROM review_claim')
    with op.batch_alter_table('review_claim') as table:
        table.add_column(sa.Column('since', _MOMENT, nullable=False))
    op.create_table(
        'review_decision',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('incident_id', sa.Integer(), nullable=False),
        sa.Column('resident_id', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('at', _MOMENT, nullable=False),
        sa.Column('seconds', sa.Integer(), nullable=True),
        sa.Column('task', sa.String(16), nullable=False),
        sa.Column('decision', sa.String(16), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('changes', sa.JSON(), nullable=True),
        sa.Column('asked_id', sa.Integer(), nullable=True),
        sa.Column('undone_at', _MOMENT, nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f'fk_review_decision_{column}'))
            for column, target in (
                ('incident_id', 'incident.id'),
                ('resident_id', 'resident.id'),
                ('zone_id', 'zone.id'),
                ('account_id', 'account.id'),
                ('asked_id', 'check_in.id'),
            )
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_review_decision')),
    )
    for columns in (['incident_id'], ['resident_id'], ['zone_id'], ['at'], ['account_id', 'at']):
        op.create_index(f'ix_review_decision_{"_".join(columns)}', 'review_decision', columns)


def downgrade() -> None:
    op.drop_table('review_decision')
    with op.batch_alter_table('review_claim') as table:
        table.drop_column('since')
    op.drop_index('ix_incident_next_step', table_name='incident')
    op.drop_column('incident', 'next_step_until')
    op.drop_column('incident', 'next_step')
