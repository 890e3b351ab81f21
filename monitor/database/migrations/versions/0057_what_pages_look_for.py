"""What waits in each zone, and cameras by their state, are counted without looking at the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0057'
down_revision = '0056'
branch_labels = None
depends_on = None

UNRESOLVED = sa.text("state != 'resolved' AND lead_id IS NULL")


def upgrade() -> None:
    op.create_index(
        'ix_incident_unresolved',
        'incident',
        ['zone_id', 'state', 'urgency', 'deadline_at'],
        sqlite_where=UNRESOLVED,
        postgresql_where=UNRESOLVED,
    )
    op.create_index('ix_camera_zone_id_enabled_state', 'camera', ['zone_id', 'enabled', 'state'])


def downgrade() -> None:
    op.drop_index('ix_camera_zone_id_enabled_state', table_name='camera')
    op.drop_index('ix_incident_unresolved', table_name='incident')
