"""Letters about orders, and what staff asked for in one go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=null)


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _moment(name: str, *, null: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def upgrade() -> None:
    op.create_table(
        'letter_batch',
        _number('id'),
        _number('zone_id'),
        _text('kind', 32),
        sa.Column('given', sa.JSON(), nullable=False),
        _moment('asked_at'),
        _number('asked_by', null=True),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name='fk_letter_batch_zone_id'),
        sa.ForeignKeyConstraint(['asked_by'], ['account.id'], name='fk_letter_batch_asked_by'),
        sa.PrimaryKeyConstraint('id', name='pk_letter_batch'),
    )
    op.create_index('ix_letter_batch_zone_id', 'letter_batch', ['zone_id'])
    op.create_table(
        'letter',
        _number('id'),
        _number('batch_id'),
        _number('order_id'),
        _number('resident_id'),
        _number('zone_id'),
        _text('kind', 32),
        _text('state', 32),
        _number('order_version'),
        _text('issuer', 200),
        _text('number', 60),
        sa.Column('dated_on', sa.Date(), nullable=True),
        _moment('made_at', null=True),
        _number('made_by', null=True),
        sa.Column('code_hash', sa.String(length=64), nullable=True),
        _text('sha256', 64),
        _text('name', 64),
        _number('size'),
        sa.Column('problem', sa.JSON(), nullable=False),
        _moment('withdrawn_at', null=True),
        sa.Column('withdrawn_why', sa.Text(), nullable=False),
        _number('attempts'),
        _moment('next_attempt_at'),
        sa.ForeignKeyConstraint(['batch_id'], ['letter_batch.id'], name='fk_letter_batch_id'),
        sa.ForeignKeyConstraint(['order_id'], ['quarantine_order.id'], name='fk_letter_order_id'),
        sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name='fk_letter_resident_id'),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name='fk_letter_zone_id'),
        sa.ForeignKeyConstraint(['made_by'], ['account.id'], name='fk_letter_made_by'),
        sa.PrimaryKeyConstraint('id', name='pk_letter'),
        sa.UniqueConstraint('code_hash', name='uq_letter_code_hash'),
    )
    for name in ('batch_id', 'order_id', 'resident_id', 'zone_id', 'state'):
        op.create_index(f'ix_letter_{name}', 'letter', [name])


def downgrade() -> None:
    op.drop_table('letter')
    op.drop_table('letter_batch')
