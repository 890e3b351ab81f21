"""Who has no order, and who has not answered, found without looking at everybody."""

from __future__ import annotations

from alembic import op

from monitor.database.people_index import drop_people_index, make_people_index

revision = '0038'
down_revision = '0037'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index('ix_resident_sort_key', table_name='resident')
    make_people_index(op.get_bind())


def downgrade() -> None:
    drop_people_index(op.get_bind())
    op.create_index('ix_resident_sort_key', 'resident', ['sort_key', 'id'])
