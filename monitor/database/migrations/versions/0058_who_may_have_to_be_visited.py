"""Who may have to be visited is found without looking at all incidents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0058'
down_revision = '0057'
branch_labels = None
depends_on = None

MAY_BE_VISITED = sa.text("state != 'resolved' AND (visit_due_at IS NOT NULL OR next_step IS NOT NULL)")


def upgrade() -> None:
    op.create_index(
        'ix_incident_visited', 'incident', ['resident_id'], sqlite_where=MAY_BE_VISITED, postgresql_where=MAY_BE_VISITED
    )


def downgrade() -> None:
    op.drop_index('ix_incident_visited', table_name='incident')
