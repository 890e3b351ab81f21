"""Who has no order, and who has not answered, found without looking at everybody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.database.people_index import drop_people_index, make_people_index

revision = '0038'
down_revision = '0037'
branch_labels = None
depends_on = None


RISKS = ('long_illness', 'pregnant', 'lives_alone')


def upgrade() -> None:
    _risks('{} = 1')
    op.drop_index('ix_resident_sort_key', table_name='resident')
    make_people_index(op.get_bind())


def downgrade() -> None:
    _risks('{}')
    drop_people_index(op.get_bind())
    op.create_index('ix_resident_sort_key', 'resident', ['sort_key', 'id'])


def _risks(condition: str) -> None:
    if op.get_bind().dialect.name != 'sqlite':
        return
    for risk in RISKS:
        op.drop_index(f'ix_resident_{risk}', table_name='resident')
        op.create_index(f'ix_resident_{risk}', 'resident', ['id'], sqlite_where=sa.text(condition.format(risk)))
