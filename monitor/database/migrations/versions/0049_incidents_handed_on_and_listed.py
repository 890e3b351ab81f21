"""Incidents that a colleague is asked to take on, and lists of them that cost the same however many there ever were."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0049'
down_revision = '0048'
branch_labels = None
depends_on = None

WAITING = "state != 'resolved' AND lead_id IS NULL"
RESOLVED = "state = 'resolved' AND lead_id IS NULL"
INDEXES = {
    'ix_incident_waiting': (['urgency', 'deadline_at', 'id'], WAITING),
    'ix_incident_resolved': (['resolved_at', 'id'], RESOLVED),
    'ix_incident_resolved_zone_id': (['zone_id', 'resolved_at', 'id'], RESOLVED),
    'ix_incident_resolved_kind': (['kind', 'resolved_at', 'id'], RESOLVED),
    'ix_incident_assigned_to': (['assigned_to'], 'assigned_to IS NOT NULL'),
}


def upgrade() -> None:
    with op.batch_alter_table('incident') as batch:
        batch.add_column(sa.Column('assigned_to', sa.Integer(), nullable=True))
        batch.create_foreign_key('fk_incident_assigned_to', 'account', ['assigned_to'], ['id'])
    for name, (columns, where) in INDEXES.items():
        op.create_index(name, 'incident', columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, table_name='incident')
    with op.batch_alter_table('incident') as batch:
        batch.drop_constraint('fk_incident_assigned_to', type_='foreignkey')
        batch.drop_column('assigned_to')
