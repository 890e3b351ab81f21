"""Lighter rows of a round: indexes leave out what is empty, and a change's zone is that of its check-in."""

import sqlalchemy as sa
from alembic import op


revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

MOSTLY_EMPTY = (
    ('incident', 'camera_id'),
    ('incident', 'acknowledged_by'),
    ('incident', 'resolved_by'),
    ('prompt', 'gateway_reference'),
    ('check_in_change', 'account_id'),
)


def upgrade() -> None:
    op.drop_index('ix_check_in_change_zone_id', 'check_in_change')
    if op.get_bind().dialect.name == 'sqlite':
        # SQLite drops no column that refers to something: the table is made anew.
        with op.batch_alter_table('check_in_change', recreate='always') as batch_op:
            batch_op.drop_constraint('fk_check_in_change_zone_id', type_='foreignkey')
            batch_op.drop_column('zone_id')
    else:
        op.drop_column('check_in_change', 'zone_id')
    for table, column in MOSTLY_EMPTY:
        filled = sa.text(f'{column} IS NOT NULL')
        op.drop_index(f'ix_{table}_{column}', table)
        op.create_index(f'ix_{table}_{column}', table, [column], sqlite_where=filled, postgresql_where=filled)


def downgrade() -> None:
    for table, column in MOSTLY_EMPTY:
        op.drop_index(f'ix_{table}_{column}', table)
        op.create_index(f'ix_{table}_{column}', table, [column])
    zone = sa.Column('zone_id', sa.Integer(), nullable=True)
    zone_of_check_in = 'UPDATE check_in_change SET zone_id = (SELECT zone_id FROM check_in WHERE check_in.id = check_in_id)'
    with op.batch_alter_table('check_in_change') as batch_op:
        batch_op.add_column(zone)
    op.execute(zone_of_check_in)
    with op.batch_alter_table('check_in_change') as batch_op:
        batch_op.alter_column('zone_id', existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key('fk_check_in_change_zone_id', 'zone', ['zone_id'], ['id'])
    op.create_index('ix_check_in_change_zone_id', 'check_in_change', ['zone_id'])
