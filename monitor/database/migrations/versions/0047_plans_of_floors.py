"""Plans of floors, with rooms and cameras drawn on them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0047'
down_revision = '0046'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'floor_plan',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(length=80), nullable=False),
        sa.Column('picture', sa.String(length=64), nullable=True),
        sa.Column('width', sa.Integer(), nullable=False),
        sa.Column('height', sa.Integer(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_floor_plan_zone_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_floor_plan')),
    )
    op.create_index(op.f('ix_floor_plan_zone_id'), 'floor_plan', ['zone_id'])
    op.create_table(
        'plan_place',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('plan_id', sa.Integer(), nullable=False),
        sa.Column('room_id', sa.Integer(), nullable=True),
        sa.Column('camera_id', sa.Integer(), nullable=True),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ('x', 'y', 'width', 'height')),
        sa.ForeignKeyConstraint(['plan_id'], ['floor_plan.id'], name=op.f('fk_plan_place_plan_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['room_id'], ['room.id'], name=op.f('fk_plan_place_room_id')),
        sa.ForeignKeyConstraint(['camera_id'], ['camera.id'], name=op.f('fk_plan_place_camera_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_place')),
    )
    for column in ('plan_id', 'room_id', 'camera_id'):
        op.create_index(op.f(f'ix_plan_place_{column}'), 'plan_place', [column])


def downgrade() -> None:
    op.drop_table('plan_place')
    op.drop_table('floor_plan')
