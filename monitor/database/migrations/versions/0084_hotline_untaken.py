"""How many tickets nobody has in hand is counted on every page of the console: by an index that holds all that is asked."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0084'
down_revision = '0083'
branch_labels = None
depends_on = None

NAME = 'ix_hotline_ticket_untaken'


def upgrade() -> None:
    where = sa.text("state IN ('new', 'handed_over')")
    op.create_index(
        NAME, 'hotline_ticket', ['state', 'unit_id', 'zone_id', 'taken_by'], sqlite_where=where, postgresql_where=where
    )


def downgrade() -> None:
    op.drop_index(NAME, table_name='hotline_ticket')
