"""What a zone and a room are set up with, and administrative units as they were at each time."""

import sqlalchemy as sa
from alembic import op


revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False, server_default='')


ZONE = (
    lambda: sa.Column('unit_code', sa.String(length=16), nullable=True),
    lambda: sa.Column('unit_from', sa.Date(), nullable=True),
    lambda: _text('quiet_from', 5),
    lambda: _text('quiet_to', 5),
    lambda: sa.Column('contacts', sa.JSON(), nullable=False, server_default='[]'),
    lambda: sa.Column('beds', sa.Integer(), nullable=True),
    lambda: sa.Column('together', sa.JSON(), nullable=False, server_default='[]'),
    lambda: _text('camera_order_number', 60),
    lambda: sa.Column('camera_order_date', sa.Date(), nullable=True),
    lambda: _text('camera_order_authority', 200),
    lambda: sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    lambda: sa.Column('version', sa.Integer(), nullable=False, server_default='1'),
)
ROOM = (
    lambda: _text('floor', 20),
    lambda: sa.Column('beds', sa.Integer(), nullable=True),
    lambda: sa.Column('together', sa.JSON(), nullable=True),
    lambda: sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    lambda: sa.Column('merged_into_id', sa.Integer(), nullable=True),
    lambda: sa.Column('version', sa.Integer(), nullable=False, server_default='1'),
)
HOUSEHOLD = (
    lambda: sa.Column('address', sa.Text(), nullable=False, server_default=''),
    lambda: sa.Column('unit_code', sa.String(length=16), nullable=True),
    lambda: sa.Column('unit_from', sa.Date(), nullable=True),
)


def upgrade() -> None:
    for table, columns in (('zone', ZONE), ('room', ROOM), ('household', HOUSEHOLD)):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.add_column(column())
            if table == 'room':
                batch.create_foreign_key('fk_room_merged_into_id', 'room', ['merged_into_id'], ['id'])
    op.create_table(
        'administrative_unit',
        sa.Column('code', sa.String(length=16), nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=False),
        sa.Column('valid_to', sa.Date(), nullable=True),
        sa.Column('parent_code', sa.String(length=16), nullable=True),
        sa.Column('parent_from', sa.Date(), nullable=True),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('name', sa.String(length=120), nullable=False),
        sa.Column('name_en', sa.String(length=120), nullable=False),
        sa.Column('folded', sa.String(length=160), nullable=False),
        sa.Column('folded_path', sa.String(length=500), nullable=False),
        sa.Column('latitude', sa.Double(), nullable=True),
        sa.Column('longitude', sa.Double(), nullable=True),
        sa.Column('built_in', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('code', 'valid_from', name='pk_administrative_unit'),
    )
    op.create_index('ix_administrative_unit_parent', 'administrative_unit', ['parent_code', 'parent_from'])
    op.create_table(
        'unit_succession',
        sa.Column('code', sa.String(length=16), nullable=False),
        sa.Column('valid_from', sa.Date(), nullable=False),
        sa.Column('into_code', sa.String(length=16), nullable=False),
        sa.Column('into_from', sa.Date(), nullable=False),
        sa.Column('most', sa.Boolean(), nullable=False),
        sa.Column('built_in', sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint('code', 'valid_from', 'into_code', 'into_from', name='pk_unit_succession'),
    )
    op.create_table(
        'loaded_file',
        sa.Column('name', sa.String(length=64), nullable=False),
        sa.Column('digest', sa.String(length=64), nullable=False),
        sa.Column('loaded_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('name', name='pk_loaded_file'),
    )


def downgrade() -> None:
    for table in ('loaded_file', 'unit_succession', 'administrative_unit'):
        op.drop_table(table)
    for table, columns in (('household', HOUSEHOLD), ('room', ROOM), ('zone', ZONE)):
        with op.batch_alter_table(table) as batch:
            if table == 'room':
                batch.drop_constraint('fk_room_merged_into_id', type_='foreignkey')
            for column in columns:
                batch.drop_column(column().name)
