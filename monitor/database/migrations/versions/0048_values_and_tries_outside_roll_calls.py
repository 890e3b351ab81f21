"""Temperature and oxygen entered by staff, calls that nobody waited for, and roll-calls of one person beside the plan."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0048'
down_revision = '0047'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        'measurement',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('resident_id', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('measured_at', MOMENT, nullable=False),
        sa.Column('temperature', sa.Double(), nullable=True),
        sa.Column('spo2', sa.Integer(), nullable=True),
        sa.Column('how', sa.String(length=32), nullable=False),
        sa.Column('entered_at', MOMENT, nullable=False),
        sa.Column('entered_by', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name='fk_measurement_resident_id'),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name='fk_measurement_zone_id'),
        sa.ForeignKeyConstraint(['entered_by'], ['account.id'], name='fk_measurement_entered_by'),
        sa.PrimaryKeyConstraint('id', name='pk_measurement'),
    )
    op.create_index('ix_measurement_resident_id_measured_at', 'measurement', ['resident_id', 'measured_at'])
    op.create_index('ix_measurement_zone_id', 'measurement', ['zone_id'])
    with op.batch_alter_table('contact_attempt') as batch:
        batch.alter_column('incident_id', existing_type=sa.Integer(), nullable=True)
    op.add_column('roll_call', sa.Column('extra', sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column('roll_call', 'extra')
    # An older version knows no call that nobody waited for.
    op.execute('DELETE FROM contact_attempt WHERE incident_id IS NULL')
    with op.batch_alter_table('contact_attempt') as batch:
        batch.alter_column('incident_id', existing_type=sa.Integer(), nullable=False)
    op.drop_table('measurement')
