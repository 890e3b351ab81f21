"""Laboratory tests of residents, and results that a person must assign."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f'{target}.id'], name=f'fk_{table}_{column}')


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    op.create_index(name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    accounts = ('planned_by', 'taken_by', 'sent_by', 'resulted_by', 'released_by', 'cancelled_by')
    op.create_table(
        'laboratory_test',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('resident_id', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('due_on', sa.Date(), nullable=False),
        sa.Column('why', sa.String(length=300), nullable=False),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('planned_at', MOMENT, nullable=False),
        sa.Column('planned_by', sa.Integer(), nullable=True),
        sa.Column('taken_at', MOMENT, nullable=True),
        sa.Column('taken_by', sa.Integer(), nullable=True),
        sa.Column('sample_number', sa.String(length=40), nullable=False, server_default=''),
        sa.Column('sent_at', MOMENT, nullable=True),
        sa.Column('sent_by', sa.Integer(), nullable=True),
        sa.Column('laboratory', sa.String(length=120), nullable=False, server_default=''),
        sa.Column('result', sa.String(length=32), nullable=True),
        sa.Column('result_on', sa.Date(), nullable=True),
        sa.Column('resulted_at', MOMENT, nullable=True),
        sa.Column('resulted_by', sa.Integer(), nullable=True),
        sa.Column('source', sa.String(length=32), nullable=True),
        sa.Column('released_at', MOMENT, nullable=True),
        sa.Column('released_by', sa.Integer(), nullable=True),
        sa.Column('cancelled_at', MOMENT, nullable=True),
        sa.Column('cancelled_by', sa.Integer(), nullable=True),
        sa.Column('cancel_reason', sa.String(length=300), nullable=False, server_default=''),
        _refers('laboratory_test', 'resident_id', 'resident'),
        _refers('laboratory_test', 'zone_id', 'zone'),
        *(_refers('laboratory_test', column, 'account') for column in accounts),
        sa.PrimaryKeyConstraint('id', name='pk_laboratory_test'),
    )
    for column in ('resident_id', 'zone_id', 'sample_number'):
        op.create_index(f'ix_laboratory_test_{column}', 'laboratory_test', [column])
    _partial('ix_laboratory_test_due_on', 'laboratory_test', ['due_on', 'resident_id'], "state = 'due'")
    taken = "sample_number != '' AND state IN ('taken', 'sent')"
    _partial('uq_laboratory_test_sample', 'laboratory_test', ['sample_number'], taken, unique=True)
    planned = ['resident_id', 'kind', 'due_on']
    _partial('uq_laboratory_test_planned', 'laboratory_test', planned, "state != 'cancelled'", unique=True)
    op.create_table(
        'parked_result',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('resident_id', sa.Integer(), nullable=True),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('cells', sa.Text(), nullable=True),
        sa.Column('candidates', sa.JSON(), nullable=False),
        sa.Column('why', sa.JSON(), nullable=False),
        sa.Column('parked_at', MOMENT, nullable=False),
        sa.Column('decided_at', MOMENT, nullable=True),
        sa.Column('decided_by', sa.Integer(), nullable=True),
        sa.Column('test_id', sa.Integer(), nullable=True),
        _refers('parked_result', 'zone_id', 'zone'),
        _refers('parked_result', 'resident_id', 'resident'),
        _refers('parked_result', 'decided_by', 'account'),
        _refers('parked_result', 'test_id', 'laboratory_test'),
        sa.PrimaryKeyConstraint('id', name='pk_parked_result'),
        sa.UniqueConstraint('digest', name='uq_parked_result_digest'),
    )
    op.create_index('ix_parked_result_zone_id', 'parked_result', ['zone_id'])
    _partial('ix_parked_result_resident_id', 'parked_result', ['resident_id'], 'resident_id IS NOT NULL')


def downgrade() -> None:
    op.drop_table('parked_result')
    op.drop_table('laboratory_test')
