"""How soon a person must look at an incident: who may be in danger is told of at once."""

import sqlalchemy as sa
from alembic import op


revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

DANGER = sa.text("urgency = 'danger' AND state != 'resolved'")


def upgrade() -> None:
    op.add_column('incident', sa.Column('urgency', sa.String(length=32), nullable=False, server_default='routine'))
    op.create_index('ix_incident_danger', 'incident', ['state'], sqlite_where=DANGER, postgresql_where=DANGER)


def downgrade() -> None:
    op.drop_index('ix_incident_danger', 'incident')
    op.drop_column('incident', 'urgency')
