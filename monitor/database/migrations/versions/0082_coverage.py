"""Reporters, what they count and enter each day, who is reminded and called, planned cameras, and coverage by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0082'
down_revision = '0081'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NUMBERS = (
    'people', 'smartphone_users', 'in_force', 'covered', 'listed', 'places_known', 'places_registered', 'crossed', 'scanned',
    'cameras_planned', 'cameras_working', 'cameras_believed', 'cameras_judged',
)  # fmt: skip


def upgrade() -> None:
    refers = sa.ForeignKeyConstraint
    op.create_table(
        'reporter',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(32), nullable=False),
        sa.Column('name', sa.String(160), nullable=False),
        sa.Column('folded', sa.String(200), nullable=False),
        sa.Column('same_as', sa.String(64), nullable=False),
        sa.Column('unit_code', sa.String(16), nullable=True),
        sa.Column('unit_from', sa.Date(), nullable=True),
        sa.Column('contact_name', sa.String(120), nullable=False),
        sa.Column('contact_phone', sa.Text(), nullable=False),
        sa.Column('contact_email', sa.Text(), nullable=False),
        sa.Column('language', sa.String(8), nullable=False),
        sa.Column('key', sa.String(64), nullable=True),
        sa.Column('key_made_at', MOMENT, nullable=True),
        sa.Column('control_place_id', sa.Integer(), nullable=True),
        sa.Column('made_at', MOMENT, nullable=False),
        sa.Column('closed_at', MOMENT, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_reporter'),
        sa.UniqueConstraint('same_as', name='uq_reporter_same_as'),
        sa.UniqueConstraint('key', name='uq_reporter_key'),
        refers(['control_place_id'], ['control_place.id'], name='fk_reporter_control_place_id_control_place'),
    )
    op.create_index('ix_reporter_unit_code_unit_from', 'reporter', ['unit_code', 'unit_from'])
    op.create_index('ix_reporter_kind_folded', 'reporter', ['kind', 'folded'])
    filled = sa.text('control_place_id IS NOT NULL')
    op.create_index('ix_reporter_control_place_id', 'reporter', ['control_place_id'], sqlite_where=filled, postgresql_where=filled)
    op.create_table(
        'reporter_count',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('reporter_id', sa.Integer(), nullable=False),
        sa.Column('counted_on', sa.Date(), nullable=False),
        sa.Column('people', sa.Integer(), nullable=True),
        sa.Column('smartphone_users', sa.Integer(), nullable=True),
        sa.Column('places_known', sa.Integer(), nullable=True),
        sa.Column('source', sa.String(200), nullable=False),
        sa.Column('entered_at', MOMENT, nullable=False),
        sa.Column('entered_by', sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint('id', name='pk_reporter_count'),
        refers(['reporter_id'], ['reporter.id'], name='fk_reporter_count_reporter_id_reporter'),
        refers(['entered_by'], ['account.id'], name='fk_reporter_count_entered_by_account'),
    )
    op.create_index('ix_reporter_count_reporter_id_counted_on', 'reporter_count', ['reporter_id', 'counted_on', 'id'])
    op.create_table(
        'reporter_file',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(120), nullable=False),
        sa.Column('made_at', MOMENT, nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=False),
        sa.Column('rows', sa.Text(), nullable=False),
        sa.Column('wrong', sa.JSON(), nullable=False),
        sa.Column('entered_at', MOMENT, nullable=True),
        sa.PrimaryKeyConstraint('id', name='pk_reporter_file'),
        refers(['made_by'], ['account.id'], name='fk_reporter_file_made_by_account'),
    )
    op.create_index('ix_reporter_file_made_at', 'reporter_file', ['made_at'])
    op.create_table(
        'collected_field',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(40), nullable=False),
        sa.Column('name_vi', sa.String(120), nullable=False),
        sa.Column('name_en', sa.String(120), nullable=False),
        sa.Column('asked_of', sa.String(32), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('most', sa.Integer(), nullable=False),
        sa.Column('made_at', MOMENT, nullable=False),
        sa.Column('closed_at', MOMENT, nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_collected_field'),
        sa.UniqueConstraint('key', name='uq_collected_field_key'),
    )
    op.create_table(
        'collected_entry',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('reporter_id', sa.Integer(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('numbers', sa.JSON(), nullable=False),
        sa.Column('same_confirmed', sa.Boolean(), nullable=False),
        sa.Column('entered_at', MOMENT, nullable=False),
        sa.Column('entered_by', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_collected_entry'),
        sa.UniqueConstraint('reporter_id', 'day', name='uq_collected_entry_reporter_id_day'),
        refers(['reporter_id'], ['reporter.id'], name='fk_collected_entry_reporter_id_reporter'),
        refers(['entered_by'], ['account.id'], name='fk_collected_entry_entered_by_account'),
    )
    op.create_index('ix_collected_entry_day', 'collected_entry', ['day'])
    op.create_table(
        'collected_earlier',
        sa.Column('reporter_id', sa.Integer(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('numbers', sa.JSON(), nullable=False),
        sa.Column('entered_at', MOMENT, nullable=False),
        sa.Column('entered_by', sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint('reporter_id', 'day', 'version', name='pk_collected_earlier'),
        refers(['reporter_id'], ['reporter.id'], name='fk_collected_earlier_reporter_id_reporter'),
        refers(['entered_by'], ['account.id'], name='fk_collected_earlier_entered_by_account'),
    )
    op.create_table(
        'reporter_chase',
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('reporter_id', sa.Integer(), nullable=False),
        sa.Column('reminded_at', MOMENT, nullable=True),
        sa.Column('message_key', sa.String(120), nullable=False),
        sa.Column('call_at', MOMENT, nullable=True),
        sa.Column('called_at', MOMENT, nullable=True),
        sa.Column('called_by', sa.Integer(), nullable=True),
        sa.Column('outcome', sa.String(32), nullable=True),
        sa.Column('note', sa.String(300), nullable=False),
        sa.PrimaryKeyConstraint('day', 'reporter_id', name='pk_reporter_chase'),
        refers(['reporter_id'], ['reporter.id'], name='fk_reporter_chase_reporter_id_reporter'),
        refers(['called_by'], ['account.id'], name='fk_reporter_chase_called_by_account'),
    )
    to_call = sa.text('call_at IS NOT NULL')
    op.create_index(
        'ix_reporter_chase_to_call', 'reporter_chase', ['day', 'reporter_id'], sqlite_where=to_call, postgresql_where=to_call
    )
    op.create_table(
        'cameras_planned',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('planned_on', sa.Date(), nullable=False),
        sa.Column('cameras', sa.Integer(), nullable=False),
        sa.Column('source', sa.String(200), nullable=False),
        sa.Column('entered_at', MOMENT, nullable=False),
        sa.Column('entered_by', sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint('id', name='pk_cameras_planned'),
        refers(['zone_id'], ['zone.id'], name='fk_cameras_planned_zone_id_zone'),
        refers(['entered_by'], ['account.id'], name='fk_cameras_planned_entered_by_account'),
    )
    op.create_index('ix_cameras_planned_zone_id_planned_on', 'cameras_planned', ['zone_id', 'planned_on', 'id'])
    op.create_table(
        'coverage_day',
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('about', sa.String(40), nullable=False),
        sa.Column('counted_on', sa.Date(), nullable=True),
        sa.Column('source', sa.String(200), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in NUMBERS),
        sa.Column('counted_at', MOMENT, nullable=False),
        sa.PrimaryKeyConstraint('day', 'about', name='pk_coverage_day'),
    )
    op.create_index('ix_coverage_day_about_day', 'coverage_day', ['about', 'day'])
    filled = sa.text('unit_code IS NOT NULL')
    op.create_index('ix_declarant_unit_code', 'declarant', ['unit_code'], sqlite_where=filled, postgresql_where=filled)


def downgrade() -> None:
    op.drop_index('ix_declarant_unit_code', table_name='declarant')
    for table in (
        'coverage_day',
        'cameras_planned',
        'reporter_chase',
        'collected_earlier',
        'collected_entry',
        'collected_field',
        'reporter_file',
        'reporter_count',
        'reporter',
    ):
        op.drop_table(table)
