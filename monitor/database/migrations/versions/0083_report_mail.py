"""Reports that leave by mail: their files, recipients, deliveries with what mail servers said, schedules, and the letterhead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0083'
down_revision = '0082'
branch_labels = None
depends_on = None

TABLES = ('report_try', 'report_delivery', 'report_file', 'report_document', 'report_recipient', 'report_schedule', 'report_letterhead')


def upgrade() -> None:
    op.create_table(
        'report_letterhead',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('parent', sa.String(length=160), nullable=False),
        sa.Column('signer_role', sa.String(length=160), nullable=False),
        sa.Column('signer', sa.String(length=160), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['made_by'], ['account.id'], name=op.f('fk_report_letterhead_made_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_report_letterhead')),
    )
    op.create_table(
        'report_schedule',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=True),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('weekdays', sa.JSON(), nullable=False),
        sa.Column('at', sa.String(length=5), nullable=False),
        sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=True),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_report_schedule_account_id')),
        sa.ForeignKeyConstraint(['made_by'], ['account.id'], name=op.f('fk_report_schedule_made_by')),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_report_schedule_zone_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_report_schedule')),
    )
    op.create_index('ix_report_schedule_account_id', 'report_schedule', ['account_id'])
    op.create_index('ix_report_schedule_next_at', 'report_schedule', ['next_at'], sqlite_where=sa.text('next_at IS NOT NULL'), postgresql_where=sa.text('next_at IS NOT NULL'))
    op.create_index('ix_report_schedule_zone_id', 'report_schedule', ['zone_id'])
    op.create_table(
        'report_recipient',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('schedule_id', sa.Integer(), nullable=True),
        sa.Column('name', sa.String(length=160), nullable=False),
        sa.Column('address', sa.String(length=254), nullable=False),
        sa.Column('language', sa.String(length=8), nullable=False),
        sa.Column('forms', sa.JSON(), nullable=False),
        sa.Column('copy', sa.Boolean(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=True),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['made_by'], ['account.id'], name=op.f('fk_report_recipient_made_by')),
        sa.ForeignKeyConstraint(['schedule_id'], ['report_schedule.id'], name=op.f('fk_report_recipient_schedule_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_report_recipient')),
    )
    op.create_index('ix_report_recipient_schedule_id', 'report_recipient', ['schedule_id'])
    op.create_index('uq_report_recipient_in_use', 'report_recipient', ['kind', 'address'], unique=True, sqlite_where=sa.text('closed_at IS NULL AND schedule_id IS NULL'), postgresql_where=sa.text('closed_at IS NULL AND schedule_id IS NULL'))
    op.create_table(
        'report_document',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('report_id', sa.Integer(), nullable=True),
        sa.Column('schedule_id', sa.Integer(), nullable=True),
        sa.Column('zone_id', sa.Integer(), nullable=True),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('number', sa.String(length=32), nullable=False),
        sa.Column('provisional', sa.Boolean(), nullable=False),
        sa.Column('replaces', sa.String(length=32), nullable=False),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('problem', sa.JSON(), nullable=True),
        sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_report_document_account_id')),
        sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_report_document_report_id')),
        sa.ForeignKeyConstraint(['schedule_id'], ['report_schedule.id'], name=op.f('fk_report_document_schedule_id')),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_report_document_zone_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_report_document')),
        sa.UniqueConstraint('report_id', name=op.f('uq_report_document_report_id')),
        sa.UniqueConstraint('schedule_id', 'day', name='uq_report_document_schedule_day'),
    )
    op.create_index('ix_report_document_account_id', 'report_document', ['account_id'])
    op.create_index('ix_report_document_asked_at', 'report_document', ['asked_at'])
    op.create_index('ix_report_document_next_at', 'report_document', ['next_at'], sqlite_where=sa.text('next_at IS NOT NULL'), postgresql_where=sa.text('next_at IS NOT NULL'))
    op.create_index('ix_report_document_zone_id', 'report_document', ['zone_id'])
    op.create_table(
        'report_file',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('document_id', sa.Integer(), nullable=False),
        sa.Column('form', sa.String(length=32), nullable=False),
        sa.Column('language', sa.String(length=8), nullable=False),
        sa.Column('name', sa.String(length=64), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('sha256', sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(['document_id'], ['report_document.id'], name=op.f('fk_report_file_document_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_report_file')),
        sa.UniqueConstraint('document_id', 'form', 'language', name='uq_report_file_document_form_language'),
    )
    op.create_index('ix_report_file_name', 'report_file', ['name'])
    op.create_table(
        'report_delivery',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('document_id', sa.Integer(), nullable=False),
        sa.Column('recipient_id', sa.Integer(), nullable=True),
        sa.Column('address', sa.String(length=254), nullable=False),
        sa.Column('language', sa.String(length=8), nullable=False),
        sa.Column('forms', sa.JSON(), nullable=False),
        sa.Column('copy', sa.Boolean(), nullable=False),
        sa.Column('state', sa.String(length=32), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('leased_by', sa.String(length=64), nullable=True),
        sa.Column('ending', sa.Boolean(), nullable=False),
        sa.Column('server', sa.Integer(), nullable=False),
        sa.Column('refused_by', sa.JSON(), nullable=False),
        sa.Column('message_id', sa.String(length=254), nullable=False),
        sa.Column('answer', sa.String(length=300), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('settled_by', sa.Integer(), nullable=True),
        sa.Column('alarm_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('alarmed', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['document_id'], ['report_document.id'], name=op.f('fk_report_delivery_document_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['recipient_id'], ['report_recipient.id'], name=op.f('fk_report_delivery_recipient_id')),
        sa.ForeignKeyConstraint(['settled_by'], ['account.id'], name=op.f('fk_report_delivery_settled_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_report_delivery')),
        sa.UniqueConstraint('document_id', 'address', name='uq_report_delivery_document_address'),
    )
    op.create_index('ix_report_delivery_alarm_at', 'report_delivery', ['alarm_at'], sqlite_where=sa.text('alarm_at IS NOT NULL'), postgresql_where=sa.text('alarm_at IS NOT NULL'))
    op.create_index('ix_report_delivery_next_at', 'report_delivery', ['next_at'], sqlite_where=sa.text('next_at IS NOT NULL'), postgresql_where=sa.text('next_at IS NOT NULL'))
    op.create_table(
        'report_try',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('delivery_id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('server', sa.Integer(), nullable=False),
        sa.Column('fate', sa.String(length=16), nullable=False),
        sa.Column('code', sa.Integer(), nullable=False),
        sa.Column('said', sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(['delivery_id'], ['report_delivery.id'], name=op.f('fk_report_try_delivery_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_report_try')),
    )
    op.create_index('ix_report_try_delivery_id', 'report_try', ['delivery_id'])


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
