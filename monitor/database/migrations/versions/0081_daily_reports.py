"""Reports to the province: their versions, figures, lists, who does not add up, and when they are due."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = '0081'
down_revision = '0080'
branch_labels = None
depends_on = None

DRAFT = sa.text("state = 'draft'")


def _moment(name: str, *, nullable: bool = True) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _refers_to(table: str, name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f'{target}.id'], name=op.f(f'fk_{table}_{name}'))


def upgrade() -> None:
    op.create_table(
        'report',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('year', sa.Integer(), nullable=True),
        sa.Column('number', sa.Integer(), nullable=True),
        sa.Column('state', sa.String(length=32), nullable=False),
        _moment('cut_off', nullable=False),
        _moment('since'),
        sa.Column('before_id', sa.Integer(), nullable=True),
        _moment('made_at'),
        sa.Column('counts', sa.Integer(), nullable=False),
        sa.Column('unsettled', sa.Integer(), nullable=False),
        sa.Column('notes', sa.JSON(), nullable=False),
        sa.Column('gaps', sa.JSON(), nullable=False),
        _moment('alarmed_at'),
        _moment('released_at'),
        sa.Column('released_by', sa.Integer(), nullable=True),
        sa.Column('replaces_id', sa.Integer(), nullable=True),
        sa.Column('begun_by', sa.Integer(), nullable=True),
        sa.Column('why', sa.String(length=300), nullable=False, server_default=''),
        *(_refers_to('report', name, 'report') for name in ('before_id', 'replaces_id')),
        *(_refers_to('report', name, 'account') for name in ('released_by', 'begun_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_report')),
        sa.UniqueConstraint('kind', 'year', 'number', name=op.f('uq_report_kind_year_number')),
        sa.UniqueConstraint('kind', 'day', 'version', name=op.f('uq_report_kind_day_version')),
        sa.UniqueConstraint('replaces_id', name=op.f('uq_report_replaces_id')),
    )
    op.create_index('uq_report_draft', 'report', ['kind', 'day'], unique=True, sqlite_where=DRAFT, postgresql_where=DRAFT)
    op.create_table(
        'report_figure',
        sa.Column('report_id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(length=60), nullable=False),
        sa.Column('value', sa.Double(), nullable=True),
        sa.Column('units', sa.JSON(), nullable=False),
        _refers_to('report_figure', 'report_id', 'report'),
        sa.PrimaryKeyConstraint('report_id', 'key', name=op.f('pk_report_figure')),
    )
    op.create_table(
        'report_list',
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('numbers', sa.LargeBinary(), nullable=False),
        sa.Column('count', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('digest', name=op.f('pk_report_list')),
    )
    op.create_table(
        'report_difference',
        sa.Column('report_id', sa.Integer(), nullable=False),
        sa.Column('resident_id', sa.Integer(), nullable=False),
        sa.Column('part', sa.Integer(), nullable=False),
        sa.Column('expected', sa.String(length=60), nullable=False),
        sa.Column('found', sa.String(length=60), nullable=False),
        sa.Column('reason', sa.JSON(), nullable=False),
        _moment('accepted_at'),
        sa.Column('accepted_by', sa.Integer(), nullable=True),
        sa.Column('accepted_why', sa.String(length=300), nullable=False, server_default=''),
        _refers_to('report_difference', 'report_id', 'report'),
        _refers_to('report_difference', 'resident_id', 'resident'),
        _refers_to('report_difference', 'accepted_by', 'account'),
        sa.PrimaryKeyConstraint('report_id', 'resident_id', 'part', name=op.f('pk_report_difference')),
    )
    op.create_index('ix_report_difference_resident_id', 'report_difference', ['resident_id'])
    op.create_table(
        'report_times',
        sa.Column('id', sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.String(length=5), nullable=False)
            for name in ('remind_at', 'call_at', 'cut_off_at', 'alarm_at', 'provisional_at', 'due_at')
        ),
        sa.Column('runs', sa.Boolean(), nullable=False),
        sa.Column('alarm_account_id', sa.Integer(), nullable=True),
        _moment('fast_since'),
        sa.Column('fast_seconds', sa.Integer(), nullable=True),
        _moment('made_at', nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=True),
        *(_refers_to('report_times', name, 'account') for name in ('alarm_account_id', 'made_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_report_times')),
    )
    op.create_index('ix_order_change_at', 'order_change', ['at'])


def downgrade() -> None:
    op.drop_index('ix_order_change_at', table_name='order_change')
    for table in ('report_times', 'report_difference', 'report_list', 'report_figure', 'report'):
        op.drop_table(table)
