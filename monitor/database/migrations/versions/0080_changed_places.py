"""What the owner of an approved place asks to change, when too many people inside were told of, and how many of a list have declared."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0080'
down_revision = '0079'
branch_labels = None
depends_on = None

COLUMNS = ('proposed', 'proposed_at', 'crowded_at', 'listed', 'listed_declared', 'listed_counted_at')


def upgrade() -> None:
    for column in (
        sa.Column('proposed', sa.JSON(), nullable=True),
        sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('crowded_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('listed', sa.Integer(), nullable=False, server_default='0'),
        sa.Column('listed_declared', sa.Integer(), nullable=False, server_default='0'),
        sa.Column('listed_counted_at', sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column('control_place', column)
    place, worker = sa.table('control_place', sa.column('id'), sa.column('listed')), sa.table('listed_worker', sa.column('place_id'))
    many = sa.select(sa.func.count()).select_from(worker).where(worker.c.place_id == place.c.id).scalar_subquery()
    op.get_bind().execute(sa.update(place).values(listed=many))
    for index, name in (('ix_control_place_proposed_at', 'proposed_at'), ('ix_control_place_most_people', 'most_people')):
        where = sa.text(f'{name} IS NOT NULL')
        op.create_index(index, 'control_place', [name], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index('ix_control_place_most_people', table_name='control_place')
    op.drop_index('ix_control_place_proposed_at', table_name='control_place')
    for column in reversed(COLUMNS):
        op.drop_column('control_place', column)
