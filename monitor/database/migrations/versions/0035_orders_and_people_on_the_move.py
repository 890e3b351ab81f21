"""Transfers between zones, changes set for a later time, faces to be compared in a new room, and exemptions that end early."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None

OFFERED, WAITING = sa.text("state = 'offered'"), sa.text("state = 'waiting'")


def _moment(name: str, *, needed: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=not needed)


def _key(table: str, name: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([name], [f'{target}.id'], name=op.f(f'fk_{table}_{name}'))


def _transfers() -> None:
    op.create_table(
        'transfer',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('resident_id', sa.Integer(), nullable=False),
        sa.Column('order_id', sa.Integer(), nullable=False),
        sa.Column('from_zone_id', sa.Integer(), nullable=False),
        sa.Column('to_zone_id', sa.Integer(), nullable=False),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('reason', sa.String(length=300), nullable=False),
        sa.Column('wanted_on', sa.Date(), nullable=True),
        _moment('offered_at'),
        sa.Column('offered_by', sa.Integer(), nullable=False),
        _moment('decided_at', needed=False),
        sa.Column('decided_by', sa.Integer(), nullable=True),
        sa.Column('decision', sa.String(length=300), nullable=False, server_default=''),
        _key('transfer', 'resident_id', 'resident'),
        _key('transfer', 'order_id', 'quarantine_order'),
        _key('transfer', 'from_zone_id', 'zone'),
        _key('transfer', 'to_zone_id', 'zone'),
        _key('transfer', 'offered_by', 'account'),
        _key('transfer', 'decided_by', 'account'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_transfer')),
    )
    for column in ('resident_id', 'order_id', 'from_zone_id', 'to_zone_id'):
        op.create_index(op.f(f'ix_transfer_{column}'), 'transfer', [column])
    op.create_index(
        'uq_transfer_offered', 'transfer', ['resident_id'], unique=True, sqlite_where=OFFERED, postgresql_where=OFFERED
    )


def _planned_changes() -> None:
    op.create_table(
        'planned_change',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('resident_id', sa.Integer(), nullable=False),
        sa.Column('order_id', sa.Integer(), nullable=True),
        sa.Column('kind', sa.String(length=32), nullable=False),
        _moment('due_at'),
        sa.Column('values', sa.JSON(), nullable=False),
        sa.Column('reason', sa.String(length=300), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=False),
        _moment('made_at'),
        sa.Column('state', sa.String(length=32), nullable=False),
        _moment('finished_at', needed=False),
        sa.Column('finished_by', sa.Integer(), nullable=True),
        sa.Column('problem', sa.JSON(), nullable=True),
        _key('planned_change', 'zone_id', 'zone'),
        _key('planned_change', 'resident_id', 'resident'),
        _key('planned_change', 'order_id', 'quarantine_order'),
        _key('planned_change', 'made_by', 'account'),
        _key('planned_change', 'finished_by', 'account'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_planned_change')),
    )
    for column in ('zone_id', 'resident_id', 'order_id'):
        op.create_index(op.f(f'ix_planned_change_{column}'), 'planned_change', [column])
    op.create_index('ix_planned_change_due', 'planned_change', ['due_at'], sqlite_where=WAITING, postgresql_where=WAITING)
    op.create_index(
        'uq_planned_change_waiting',
        'planned_change',
        ['resident_id', 'kind', 'due_at'],
        unique=True,
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )


def upgrade() -> None:
    _transfers()
    _planned_changes()
    op.create_table(
        'likeness_check',
        sa.Column('resident_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        _moment('asked_at'),
        _key('likeness_check', 'resident_id', 'resident'),
        _key('likeness_check', 'zone_id', 'zone'),
        sa.PrimaryKeyConstraint('resident_id', name=op.f('pk_likeness_check')),
    )
    op.create_index(op.f('ix_likeness_check_zone_id'), 'likeness_check', ['zone_id'])
    op.add_column('resident', _moment('room_since', needed=False))
    op.add_column('exemption', _moment('ended_at', needed=False))
    op.add_column('exemption', sa.Column('version', sa.Integer(), nullable=False, server_default='1'))


def downgrade() -> None:
    with op.batch_alter_table('exemption') as exemption:
        exemption.drop_column('version')
        exemption.drop_column('ended_at')
    with op.batch_alter_table('resident') as resident:
        resident.drop_column('room_since')
    for table in ('likeness_check', 'planned_change', 'transfer'):
        op.drop_table(table)
