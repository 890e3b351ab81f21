"""What of ours failed and for how long, whom it excused, which changes are corrections, and when a message may have left."""

import sqlalchemy as sa
from alembic import op


revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('service_outage') as batch:
        batch.alter_column('ended_at', existing_type=sa.DateTime(timezone=True), nullable=True)
        batch.add_column(sa.Column('part', sa.String(length=32), nullable=False, server_default='service'))
        batch.add_column(sa.Column('subject', sa.String(length=64), nullable=False, server_default=''))
        batch.add_column(sa.Column('zone_id', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True))
        batch.create_foreign_key('fk_service_outage_zone_id', 'zone', ['zone_id'], ['id'])
    op.execute('UPDATE service_outage SET seen_at = ended_at')
    op.add_column('check_in', sa.Column('outage_id', sa.Integer(), nullable=True))
    op.add_column('check_in_change', sa.Column('correction', sa.Boolean(), nullable=False, server_default='0'))
    op.add_column('prompt', sa.Column('handed_at', sa.DateTime(timezone=True), nullable=True))
    # Of those that an older version claimed or lost sight of, the moment when it left is not known better than this.
    op.execute("UPDATE prompt SET handed_at = created_at WHERE state IN ('leased', 'uncertain')")


def downgrade() -> None:
    op.drop_column('prompt', 'handed_at')
    op.drop_column('check_in_change', 'correction')
    op.drop_column('check_in', 'outage_id')
    op.execute('UPDATE service_outage SET ended_at = COALESCE(seen_at, started_at) WHERE ended_at IS NULL')
    with op.batch_alter_table('service_outage') as batch:
        batch.drop_constraint('fk_service_outage_zone_id', type_='foreignkey')
        batch.drop_column('seen_at')
        batch.drop_column('zone_id')
        batch.drop_column('subject')
        batch.drop_column('part')
        batch.alter_column('ended_at', existing_type=sa.DateTime(timezone=True), nullable=False)
