"""No foreign keys where a row is written out of the row it refers to, or repeats what that one says: nothing is looked up again."""

import sqlalchemy as sa
from alembic import op


revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None

FILLED = sa.text('room_id IS NOT NULL')
# SQLite tells no names of references that were added to a column.
NAMES = {'fk': 'fk_%(table_name)s_%(column_0_name)s'}
REFERENCES = {
    'check_in': (('zone_id', 'zone'),),
    'prompt': (('zone_id', 'zone'), ('resident_id', 'resident')),
    'incident': (('zone_id', 'zone'), ('resident_id', 'resident'), ('check_in_id', 'check_in')),
}


def upgrade() -> None:
    op.drop_index('ix_check_in_zone_id', 'check_in')
    op.drop_index('ix_incident_check_in_id', 'incident')
    # People at home have no room.
    op.drop_index('ix_incident_room_id', 'incident')
    op.create_index('ix_incident_room_id', 'incident', ['room_id'], sqlite_where=FILLED, postgresql_where=FILLED)
    for table, columns in REFERENCES.items():
        with op.batch_alter_table(table, naming_convention=NAMES) as batch_op:
            for column, _ in columns:
                batch_op.drop_constraint(f'fk_{table}_{column}', type_='foreignkey')


def downgrade() -> None:
    op.create_index('ix_check_in_zone_id', 'check_in', ['zone_id'])
    op.create_index('ix_incident_check_in_id', 'incident', ['check_in_id'])
    op.drop_index('ix_incident_room_id', 'incident')
    op.create_index('ix_incident_room_id', 'incident', ['room_id'])
    for table, columns in REFERENCES.items():
        with op.batch_alter_table(table, naming_convention=NAMES) as batch_op:
            for column, target in columns:
                batch_op.create_foreign_key(f'fk_{table}_{column}', target, [column], ['id'])
