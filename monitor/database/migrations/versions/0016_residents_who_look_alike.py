"""Residents whom a model would take for each other."""

import sqlalchemy as sa
from alembic import op


revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'face_likeness',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('one_id', sa.Integer(), nullable=False),
        sa.Column('other_id', sa.Integer(), nullable=False),
        sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('dismissed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('dismissed_by', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['dismissed_by'], ['account.id'], name=op.f('fk_face_likeness_dismissed_by')),
        sa.ForeignKeyConstraint(['one_id'], ['resident.id'], name=op.f('fk_face_likeness_one_id')),
        sa.ForeignKeyConstraint(['other_id'], ['resident.id'], name=op.f('fk_face_likeness_other_id')),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_face_likeness_zone_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_face_likeness')),
        sa.UniqueConstraint('one_id', 'other_id', name=op.f('uq_face_likeness_one_id_other_id')),
    )
    op.create_index(op.f('ix_face_likeness_zone_id'), 'face_likeness', ['zone_id'])
    op.create_index(op.f('ix_face_likeness_other_id'), 'face_likeness', ['other_id'])


def downgrade() -> None:
    op.drop_table('face_likeness')
