"""Contact logs that people upload, warnings about places, and who was at a place at a time found without reading all others' stays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0086'
down_revision = '0085'
branch_labels = None
depends_on = None


def _one_of(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=False, length=32)


def upgrade() -> None:
    op.create_index('ix_place_stay_place_id_possible', 'place_stay', ['place_id', 'possible_from', 'possible_to'])
    op.drop_index('ix_place_stay_place_id_possible_from', 'place_stay')
    op.create_table(
        'contact_log',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', sa.Text(), nullable=True),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('contact_id', sa.Integer(), nullable=True),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=False),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('state', _one_of('asked', 'waiting', 'matched', 'deleted', name='logstate'), nullable=False),
        sa.Column('received_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('system', sa.String(16), nullable=False),
        sa.Column('rows', sa.Integer(), nullable=False),
        sa.Column('figures', sa.JSON(), nullable=False),
        sa.Column('file', sa.String(64), nullable=True),
        sa.Column('key', sa.Text(), nullable=False),
        sa.Column('key_since', sa.DateTime(timezone=True), nullable=True),
        sa.Column('key_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('key_a_day', sa.Integer(), nullable=False),
        sa.Column('matched_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['case_id'], ['infection_case.id'], name='fk_contact_log_case_id'),
        sa.ForeignKeyConstraint(['contact_id'], ['case_contact.id'], name='fk_contact_log_contact_id'),
        sa.ForeignKeyConstraint(['made_by'], ['account.id'], name='fk_contact_log_made_by'),
        sa.PrimaryKeyConstraint('id', name='pk_contact_log'),
        sa.UniqueConstraint('code', name='uq_contact_log_code'),
    )
    op.create_index('ix_contact_log_case_id', 'contact_log', ['case_id'])
    op.create_index('ix_contact_log_contact_id', 'contact_log', ['contact_id'])
    filled = sa.text('key_until IS NOT NULL')
    op.create_index('ix_contact_log_key_until', 'contact_log', ['key_until'], sqlite_where=filled, postgresql_where=filled)
    op.create_index('ix_contact_log_state_received_at', 'contact_log', ['state', 'received_at'])
    op.create_table(
        'place_warning',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('control_place_id', sa.Integer(), nullable=False),
        sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('to_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('people', sa.Integer(), nullable=False),
        sa.Column('reason', sa.String(300), nullable=False),
        sa.Column('state', _one_of('proposed', 'released', 'refused', name='warningstate'), nullable=False),
        sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('proposed_by', sa.Integer(), nullable=False),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_by', sa.Integer(), nullable=True),
        sa.Column('decided_why', sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(['control_place_id'], ['control_place.id'], name='fk_place_warning_control_place_id'),
        sa.ForeignKeyConstraint(['decided_by'], ['account.id'], name='fk_place_warning_decided_by'),
        sa.ForeignKeyConstraint(['proposed_by'], ['account.id'], name='fk_place_warning_proposed_by'),
        sa.PrimaryKeyConstraint('id', name='pk_place_warning'),
    )
    op.create_index('ix_place_warning_case_id', 'place_warning', ['case_id'])
    op.create_index('ix_place_warning_control_place_id', 'place_warning', ['control_place_id'])
    op.create_index('ix_place_warning_state_to_at', 'place_warning', ['state', 'to_at'])
    waiting = sa.text("state != 'refused'")
    op.create_index(
        'uq_place_warning_proposed',
        'place_warning',
        ['case_id', 'control_place_id', 'from_at'],
        unique=True,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def downgrade() -> None:
    op.drop_table('place_warning')
    op.drop_table('contact_log')
    op.create_index('ix_place_stay_place_id_possible_from', 'place_stay', ['place_id', 'possible_from'])
    op.drop_index('ix_place_stay_place_id_possible', 'place_stay')
