"""What documents and staff say of a person, names that are searched and sorted, and how an order came about and changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


import sqlalchemy as sa
from alembic import op

from monitor.folding import LONGEST_KEY, folded, sort_key

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None

MOST = 2000


def _text(name: str, length: int, default: str = '') -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default=default)


def _sealed(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default='')


BYTEWISE = sa.String(LONGEST_KEY).with_variant(sa.String(LONGEST_KEY, collation='C'), 'postgresql')
RESIDENT: tuple[Callable[[], sa.Column[Any]], ...] = (
    lambda: sa.Column('sort_key', BYTEWISE, nullable=False, server_default=''),
    lambda: _text('name_folded', LONGEST_KEY),
    lambda: sa.Column('name_awaited', sa.Boolean(), nullable=False, server_default=sa.false()),
    lambda: sa.Column('sex', sa.String(length=32), nullable=True),
    lambda: _text('birth_precision', 32, 'day'),
    lambda: sa.Column('phone_confirmed_at', sa.DateTime(timezone=True), nullable=True),
    lambda: _sealed('earlier_number'),
    lambda: _sealed('insurance_number'),
    lambda: _text('nationality', 2, 'VN'),
    lambda: _sealed('address'),
    lambda: sa.Column('unit_code', sa.String(length=16), nullable=True),
    lambda: sa.Column('unit_from', sa.Date(), nullable=True),
    lambda: sa.Column('f_status', sa.String(length=32), nullable=True),
    lambda: sa.Column('vaccine_doses', sa.Integer(), nullable=True),
    lambda: sa.Column('last_dose_on', sa.Date(), nullable=True),
    lambda: sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=True),
    lambda: sa.Column('home_possible', sa.Boolean(), nullable=True),
    lambda: _text('home_note', 300),
    lambda: sa.Column('supplies_ensured', sa.Boolean(), nullable=True),
    lambda: _text('supplies_note', 300),
    lambda: _text('help_needed', 300),
    lambda: sa.Column('version', sa.Integer(), nullable=False, server_default='1'),
)
ORDER: tuple[Callable[[], sa.Column[Any]], ...] = (
    lambda: _text('number', 60),
    lambda: _text('legal_basis', 300),
    lambda: sa.Column('ordered_orally_on', sa.Date(), nullable=True),
    lambda: sa.Column('written_on', sa.Date(), nullable=True),
    lambda: sa.Column('delivered_on', sa.Date(), nullable=True),
    lambda: _text('end_reason', 300),
    lambda: sa.Column('version', sa.Integer(), nullable=False, server_default='1'),
)


def upgrade() -> None:
    with op.batch_alter_table('resident') as batch:
        for column in RESIDENT:
            batch.add_column(column())
        batch.drop_index('ix_resident_zone_id_full_name')
    with op.batch_alter_table('quarantine_order') as batch:
        for column in ORDER:
            batch.add_column(column())
    _set_keys(op.get_bind())
    op.create_index('ix_resident_zone_id_sort_key', 'resident', ['zone_id', 'sort_key', 'id'])
    op.create_index('ix_resident_sort_key', 'resident', ['sort_key', 'id'])
    op.create_index('ix_resident_name_folded_birth_date', 'resident', ['name_folded', 'birth_date'])
    op.create_index('ix_resident_earlier_number', 'resident', ['earlier_number'])
    op.create_index('ix_resident_insurance_number', 'resident', ['insurance_number'])
    op.create_table(
        'status_period',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('resident_id', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('status', sa.String(length=32), nullable=False),
        sa.Column('rule_on', sa.Date(), nullable=True),
        sa.Column('starts_on', sa.Date(), nullable=False),
        sa.Column('ends_on', sa.Date(), nullable=True),
        sa.Column('noted_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('noted_by', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name='fk_status_period_resident_id'),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name='fk_status_period_zone_id'),
        sa.ForeignKeyConstraint(['noted_by'], ['account.id'], name='fk_status_period_noted_by'),
        sa.PrimaryKeyConstraint('id', name='pk_status_period'),
    )
    op.create_index('ix_status_period_resident_id', 'status_period', ['resident_id'])
    op.create_index('ix_status_period_zone_id', 'status_period', ['zone_id'])
    op.create_table(
        'order_change',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('order_id', sa.Integer(), nullable=False),
        sa.Column('resident_id', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('before', sa.JSON(), nullable=False),
        sa.Column('after', sa.JSON(), nullable=False),
        sa.Column('reason', sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(['order_id'], ['quarantine_order.id'], name='fk_order_change_order_id'),
        sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name='fk_order_change_resident_id'),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name='fk_order_change_zone_id'),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name='fk_order_change_account_id'),
        sa.PrimaryKeyConstraint('id', name='pk_order_change'),
    )
    for name in ('order_id', 'resident_id', 'zone_id'):
        op.create_index(f'ix_order_change_{name}', 'order_change', [name])


def _set_keys(bind: sa.Connection) -> None:
    resident = sa.table('resident', *(sa.column(name) for name in ('id', 'full_name', 'sort_key', 'name_folded')))
    keys = (
        sa.update(resident)
        .where(resident.c.id == sa.bindparam('row'))
        .values(sort_key=sa.bindparam('sorted'), name_folded=sa.bindparam('plain'))
    )
    last = 0
    while rows := bind.execute(
        sa.select(resident.c.id, resident.c.full_name).where(resident.c.id > last).order_by(resident.c.id).limit(MOST)
    ).all():
        bind.execute(
            keys,
            [
                {'row': row.id, 'sorted': sort_key(row.full_name), 'plain': folded(row.full_name)[:LONGEST_KEY]}
                for row in rows
            ],
        )
        last = rows[-1].id


def downgrade() -> None:
    op.drop_table('order_change')
    op.drop_table('status_period')
    for name in ('zone_id_sort_key', 'sort_key', 'name_folded_birth_date', 'earlier_number', 'insurance_number'):
        op.drop_index(f'ix_resident_{name}', table_name='resident')
    with op.batch_alter_table('quarantine_order') as batch:
        for column in ORDER:
            batch.drop_column(column().name)
    with op.batch_alter_table('resident') as batch:
        for column in RESIDENT:
            batch.drop_column(column().name)
        batch.create_index('ix_resident_zone_id_full_name', ['zone_id', 'full_name'])
