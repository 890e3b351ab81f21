"""What is handed out about people stands in a register: to whom, what, on which legal basis, about whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0053'
down_revision = '0052'
branch_labels = None
depends_on = None


def upgrade() -> None:
    kinds = ('person', 'police', 'authority', 'health', 'other', 'file')
    kind = sa.Enum(*kinds, name='recipientkind', native_enum=False, create_constraint=False, length=32)
    op.create_table(
        'disclosure',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(64), nullable=True),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=True),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('kind', kind, nullable=False),
        sa.Column('recipient', sa.String(200), nullable=False),
        sa.Column('what', sa.JSON(), nullable=False),
        sa.Column('legal_basis', sa.String(300), nullable=False),
        sa.Column('people', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_disclosure_zone_id')),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_disclosure_account_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_disclosure')),
        sa.UniqueConstraint('key', name=op.f('uq_disclosure_key')),
    )
    op.create_index('ix_disclosure_at_id', 'disclosure', ['at', 'id'])
    op.create_index('ix_disclosure_zone_id_at', 'disclosure', ['zone_id', 'at'])
    op.create_index('ix_disclosure_account_id', 'disclosure', ['account_id'])
    op.create_table(
        'disclosure_about',
        sa.Column('disclosure_id', sa.Integer(), nullable=False),
        sa.Column('resident_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['disclosure_id'], ['disclosure.id'], name=op.f('fk_disclosure_about_disclosure_id')),
        sa.PrimaryKeyConstraint('disclosure_id', 'resident_id', name=op.f('pk_disclosure_about')),
    )
    op.create_index('ix_disclosure_about_resident_id', 'disclosure_about', ['resident_id'])


def downgrade() -> None:
    op.drop_table('disclosure_about')
    op.drop_table('disclosure')
