"""Files of people, their rows while they are on their way in, and pairs of residents who are two people."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f'{target}.id'], name=f'fk_{table}_{column}')


def _filled(table: str, column: str) -> None:
    filled = sa.text(f'{column} IS NOT NULL')
    op.create_index(f'ix_{table}_{column}', table, [column], sqlite_where=filled, postgresql_where=filled)


def upgrade() -> None:
    op.create_table(
        'people_import',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('zones', sa.JSON(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('account_zones', sa.JSON(), nullable=True),
        sa.Column('name', sa.String(length=200), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('file', sa.String(length=64), nullable=True),
        sa.Column('uploaded_at', MOMENT, nullable=False),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('problem', sa.JSON(), nullable=True),
        sa.Column('unknown', sa.JSON(), nullable=False),
        sa.Column('room_full', sa.String(length=16), nullable=False, server_default='refuse'),
        sa.Column('confirmed_at', MOMENT, nullable=True),
        sa.Column('confirmed_by', sa.Integer(), nullable=True),
        sa.Column('ended_at', MOMENT, nullable=True),
        sa.Column('undone_at', MOMENT, nullable=True),
        sa.Column('undone_by', sa.Integer(), nullable=True),
        sa.Column('next_attempt_at', MOMENT, nullable=True),
        sa.Column('leased_by', sa.String(length=64), nullable=True),
        sa.Column('attempts', sa.Integer(), nullable=False, server_default='0'),
        _refers('people_import', 'zone_id', 'zone'),
        _refers('people_import', 'account_id', 'account'),
        _refers('people_import', 'confirmed_by', 'account'),
        _refers('people_import', 'undone_by', 'account'),
        sa.PrimaryKeyConstraint('id', name='pk_people_import'),
    )
    for name in ('zone_id', 'account_id', 'digest'):
        op.create_index(f'ix_people_import_{name}', 'people_import', [name])
    _filled('people_import', 'next_attempt_at')
    op.create_table(
        'import_row',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('import_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=True),
        sa.Column('state', sa.String(length=32), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ('cells', 'marks', 'faults', 'hints')),
        sa.Column('no_bed', sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column('match_id', sa.Integer(), nullable=True),
        sa.Column('match_row', sa.Integer(), nullable=True),
        sa.Column('sameness', sa.Integer(), nullable=True),
        sa.Column('reason', sa.JSON(), nullable=True),
        sa.Column('parked_at', MOMENT, nullable=True),
        sa.Column('resident_id', sa.Integer(), nullable=True),
        sa.Column('household_id', sa.Integer(), nullable=True),
        sa.Column('decided_at', MOMENT, nullable=True),
        sa.Column('decided_by', sa.Integer(), nullable=True),
        _refers('import_row', 'import_id', 'people_import'),
        _refers('import_row', 'zone_id', 'zone'),
        _refers('import_row', 'match_id', 'resident'),
        _refers('import_row', 'resident_id', 'resident'),
        _refers('import_row', 'household_id', 'household'),
        _refers('import_row', 'decided_by', 'account'),
        sa.PrimaryKeyConstraint('id', name='pk_import_row'),
        sa.UniqueConstraint('import_id', 'number', name='uq_import_row_import_id_number'),
    )
    op.create_index('ix_import_row_import_id_state_number', 'import_row', ['import_id', 'state', 'number'])
    for name in ('resident_id', 'match_id', 'parked_at'):
        _filled('import_row', name)
    op.create_table(
        'not_the_same',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('one_id', sa.Integer(), nullable=False),
        sa.Column('other_id', sa.Integer(), nullable=False),
        sa.Column('noted_at', MOMENT, nullable=False),
        sa.Column('noted_by', sa.Integer(), nullable=True),
        _refers('not_the_same', 'one_id', 'resident'),
        _refers('not_the_same', 'other_id', 'resident'),
        _refers('not_the_same', 'noted_by', 'account'),
        sa.PrimaryKeyConstraint('id', name='pk_not_the_same'),
        sa.UniqueConstraint('one_id', 'other_id', name='uq_not_the_same_one_id_other_id'),
    )
    op.create_index('ix_not_the_same_other_id', 'not_the_same', ['other_id'])


def downgrade() -> None:
    for name in ('not_the_same', 'import_row', 'people_import'):
        op.drop_table(name)
