"""Control points: places, points, who checks, keys of codes, scans, stays, figures by the hour, and employers’ lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0070'
down_revision = '0063'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _place_hour()
    _control_place()
    _place_key()
    _listed_worker()
    _place_checker()
    _control_point()
    _line_hour()
    _place_scan()
    _place_stay()


def _place_hour() -> None:
    op.create_table(
        'place_hour',
        sa.Column('point_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('hour', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ins', sa.Integer(), nullable=False),
        sa.Column('outs', sa.Integer(), nullable=False),
        sa.Column('unseen', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('point_id', 'hour', name=op.f('pk_place_hour')),
    )


def _control_place() -> None:
    op.create_table(
        'control_place',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('token', sa.String(64), nullable=False),
        sa.Column('kind', sa.Enum('factory', 'industrial_park', 'office', 'hotel', 'boarding_house', 'market', 'shop', 'school', 'health_facility', 'transport', 'checkpoint', 'other', name='placekind', native_enum=False, create_constraint=False, length=32), nullable=False),
        sa.Column('name', sa.String(160), nullable=False),
        sa.Column('folded', sa.String(200), nullable=False),
        sa.Column('address', sa.String(300), nullable=False),
        sa.Column('unit_code', sa.String(16), nullable=False),
        sa.Column('unit_from', sa.Date(), nullable=False),
        sa.Column('latitude', sa.Double(), nullable=True),
        sa.Column('longitude', sa.Double(), nullable=True),
        sa.Column('owner_name', sa.String(120), nullable=False),
        sa.Column('owner_phone', sa.Text(), nullable=False),
        sa.Column('language', sa.String(8), nullable=False),
        sa.Column('owner_key', sa.String(64), nullable=True),
        sa.Column('parent_id', sa.Integer(), nullable=True),
        sa.Column('twin_id', sa.Integer(), nullable=True),
        sa.Column('usual_minutes', sa.Integer(), nullable=True),
        sa.Column('closes_at', sa.String(5), nullable=False),
        sa.Column('most_people', sa.Integer(), nullable=True),
        sa.Column('state', sa.Enum('unconfirmed', 'waiting', 'approved', 'refused', 'closed', name='placestate', native_enum=False, create_constraint=False, length=32), nullable=False),
        sa.Column('registered_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_by', sa.Integer(), nullable=True),
        sa.Column('decided_why', sa.String(300), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['decided_by'], ['account.id'], name=op.f('fk_control_place_decided_by')),
        sa.ForeignKeyConstraint(['parent_id'], ['control_place.id'], name=op.f('fk_control_place_parent_id')),
        sa.ForeignKeyConstraint(['twin_id'], ['control_place.id'], name=op.f('fk_control_place_twin_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_control_place')),
        sa.UniqueConstraint('owner_key', name=op.f('uq_control_place_owner_key')),
        sa.UniqueConstraint('token', name=op.f('uq_control_place_token')),
    )
    op.create_index('ix_control_place_folded', 'control_place', ['folded'])
    op.create_index(op.f('ix_control_place_owner_phone'), 'control_place', ['owner_phone'])
    op.create_index(op.f('ix_control_place_parent_id'), 'control_place', ['parent_id'])
    op.create_index('ix_control_place_state_registered_at', 'control_place', ['state', 'registered_at'])
    op.create_index('ix_control_place_unit_state', 'control_place', ['unit_code', 'unit_from', 'state'])


def _place_key() -> None:
    op.create_table(
        'place_key',
        sa.Column('id', sa.String(16), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('public', sa.LargeBinary(), nullable=False),
        sa.Column('sealed', sa.LargeBinary(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawn_by', sa.Integer(), nullable=True),
        sa.Column('withdrawn_why', sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(['withdrawn_by'], ['account.id'], name=op.f('fk_place_key_withdrawn_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_place_key')),
        sa.UniqueConstraint('number', name=op.f('uq_place_key_number')),
    )


def _listed_worker() -> None:
    op.create_table(
        'listed_worker',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('place_id', sa.Integer(), nullable=False),
        sa.Column('full_name', sa.String(120), nullable=False),
        sa.Column('number', sa.String(40), nullable=False),
        sa.Column('phone', sa.Text(), nullable=False),
        sa.Column('listed_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['place_id'], ['control_place.id'], name=op.f('fk_listed_worker_place_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_listed_worker')),
        sa.UniqueConstraint('place_id', 'phone', name=op.f('uq_listed_worker_place_id_phone')),
    )
    op.create_index('ix_listed_worker_place_id_id', 'listed_worker', ['place_id', 'id'])


def _place_checker() -> None:
    op.create_table(
        'place_checker',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('place_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(120), nullable=False),
        sa.Column('phone', sa.Text(), nullable=False),
        sa.Column('key', sa.String(64), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['place_id'], ['control_place.id'], name=op.f('fk_place_checker_place_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_place_checker')),
        sa.UniqueConstraint('key', name=op.f('uq_place_checker_key')),
    )
    op.create_index(op.f('ix_place_checker_place_id'), 'place_checker', ['place_id'])


def _control_point() -> None:
    op.create_table(
        'control_point',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('place_id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(120), nullable=False),
        sa.Column('kind', sa.Enum('gate', 'floor', 'canteen', 'shift', 'other', name='pointkind', native_enum=False, create_constraint=False, length=32), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('codes_from', sa.DateTime(timezone=True), nullable=False),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('camera_id', sa.Integer(), nullable=True),
        sa.Column('camera_line', sa.String(80), nullable=False),
        sa.Column('most_at_once', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['camera_id'], ['camera.id'], name=op.f('fk_control_point_camera_id')),
        sa.ForeignKeyConstraint(['place_id'], ['control_place.id'], name=op.f('fk_control_point_place_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_control_point')),
        sa.UniqueConstraint('place_id', 'name', name=op.f('uq_control_point_place_id_name')),
    )
    op.create_index(op.f('ix_control_point_camera_id'), 'control_point', ['camera_id'])


def _line_hour() -> None:
    op.create_table(
        'line_hour',
        sa.Column('camera_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('line', sa.String(80), nullable=False),
        sa.Column('hour', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ins', sa.Integer(), nullable=False),
        sa.Column('outs', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['camera_id'], ['camera.id'], name=op.f('fk_line_hour_camera_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('camera_id', 'line', 'hour', name=op.f('pk_line_hour')),
    )


def _place_scan() -> None:
    op.create_table(
        'place_scan',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('made_as', sa.String(64), nullable=False),
        sa.Column('declarant_id', sa.Integer(), nullable=False),
        sa.Column('place_id', sa.Integer(), nullable=False),
        sa.Column('point_id', sa.Integer(), nullable=False),
        sa.Column('direction', sa.Enum('in', 'out', name='direction', native_enum=False, create_constraint=False, length=32), nullable=False),
        sa.Column('source', sa.Enum('self', 'guard', 'paper', name='source', native_enum=False, create_constraint=False, length=32), nullable=False),
        sa.Column('checker_id', sa.Integer(), nullable=True),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('doubt_seconds', sa.Integer(), nullable=False),
        sa.Column('device_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('settled', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['checker_id'], ['place_checker.id'], name=op.f('fk_place_scan_checker_id')),
        sa.ForeignKeyConstraint(['declarant_id'], ['declarant.id'], name=op.f('fk_place_scan_declarant_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['place_id'], ['control_place.id'], name=op.f('fk_place_scan_place_id')),
        sa.ForeignKeyConstraint(['point_id'], ['control_point.id'], name=op.f('fk_place_scan_point_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_place_scan')),
        sa.UniqueConstraint('made_as', name=op.f('uq_place_scan_made_as')),
    )
    op.create_index('ix_place_scan_declarant_id_at', 'place_scan', ['declarant_id', 'at'])
    op.create_index('ix_place_scan_place_id_at', 'place_scan', ['place_id', 'at'])
    op.create_index('ix_place_scan_unsettled', 'place_scan', ['id'], sqlite_where=sa.text('settled = 0'), postgresql_where=sa.text('NOT settled'))


def _place_stay() -> None:
    op.create_table(
        'place_stay',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('declarant_id', sa.Integer(), nullable=False),
        sa.Column('place_id', sa.Integer(), nullable=False),
        sa.Column('point_id', sa.Integer(), nullable=False),
        sa.Column('in_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('out_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('out_kind', sa.Enum('scanned', 'next_check_in', 'place_default', 'closed_at_night', 'guard', name='outkind', native_enum=False, create_constraint=False, length=32), nullable=True),
        sa.Column('certain_from', sa.DateTime(timezone=True), nullable=True),
        sa.Column('certain_to', sa.DateTime(timezone=True), nullable=True),
        sa.Column('possible_from', sa.DateTime(timezone=True), nullable=False),
        sa.Column('possible_to', sa.DateTime(timezone=True), nullable=False),
        sa.Column('in_scan', sa.Integer(), nullable=True),
        sa.Column('out_scan', sa.Integer(), nullable=True),
        sa.Column('ends_by', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['declarant_id'], ['declarant.id'], name=op.f('fk_place_stay_declarant_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['place_id'], ['control_place.id'], name=op.f('fk_place_stay_place_id')),
        sa.ForeignKeyConstraint(['point_id'], ['control_point.id'], name=op.f('fk_place_stay_point_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_place_stay')),
        sa.UniqueConstraint('in_scan', name=op.f('uq_place_stay_in_scan')),
        sa.UniqueConstraint('out_scan', name=op.f('uq_place_stay_out_scan')),
    )
    op.create_index('ix_place_stay_declarant_id_possible_from', 'place_stay', ['declarant_id', 'possible_from'])
    op.create_index('ix_place_stay_ends_by', 'place_stay', ['ends_by'], sqlite_where=sa.text('ends_by IS NOT NULL'), postgresql_where=sa.text('ends_by IS NOT NULL'))
    op.create_index('ix_place_stay_inside', 'place_stay', ['point_id', 'in_at'], sqlite_where=sa.text('out_kind IS NULL'), postgresql_where=sa.text('out_kind IS NULL'))
    op.create_index('ix_place_stay_place_id_possible_from', 'place_stay', ['place_id', 'possible_from'])


def downgrade() -> None:
    op.drop_table('place_stay')
    op.drop_table('place_scan')
    op.drop_table('line_hour')
    op.drop_table('control_point')
    op.drop_table('place_checker')
    op.drop_table('listed_worker')
    op.drop_table('place_key')
    op.drop_table('control_place')
    op.drop_table('place_hour')
