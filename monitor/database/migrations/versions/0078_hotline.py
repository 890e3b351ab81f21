"""The hotline 1022: units, calendars, answers, shifts; tickets with the law's clock, their steps, alarms, messages and calls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0078'
down_revision = '0077'
branch_labels = None
depends_on = None

TABLES = (
    'hotline_calendar', 'hotline_unit', 'hotline_member', 'hotline_text', 'hotline_shift', 'hotline_watch', 'hotline_ticket',
    'hotline_event', 'hotline_alarm', 'hotline_message', 'hotline_call',
)


def _one_of(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=False, length=32)


def _where(condition: str) -> dict[str, Any]:
    return {'sqlite_where': sa.text(condition), 'postgresql_where': sa.text(condition)}


def _limits() -> Sequence[sa.CheckConstraint]:
    due = {
        'sqlite': "strftime('%s', due_at) - strftime('%s', first_contact_at) = 18000"
        ' AND substr(due_at, 20) = substr(first_contact_at, 20)',
        'postgresql': "due_at = first_contact_at + interval '5 hours'",
    }
    return (
        sa.CheckConstraint(due[op.get_bind().dialect.name], name='ck_hotline_ticket_due_at'),
        sa.CheckConstraint("state != 'closed' OR close_reason IS NOT NULL", name='ck_hotline_ticket_close_reason'),
    )


def upgrade() -> None:
    _calendar()
    _unit()
    _member()
    _text()
    _shift()
    _watch()
    _ticket()
    _event()
    _alarm()
    _message()
    _call()
    _nobody_moves_the_clock()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP FUNCTION hotline_clock_stands()')


def _nobody_moves_the_clock() -> None:
    """Whatever program writes to the database: neither first contact nor the law's due time of a ticket is another one later."""
    if op.get_bind().dialect.name == 'sqlite':
        op.execute(
            'CREATE TRIGGER hotline_clock_stands BEFORE UPDATE OF first_contact_at, due_at ON hotline_ticket'
            ' WHEN new.first_contact_at IS NOT old.first_contact_at OR new.due_at IS NOT old.due_at'
            " BEGIN SELECT RAISE(ABORT, 'the clock of a ticket is never moved'); END"
        )
        return
    op.execute(
        'CREATE FUNCTION hotline_clock_stands() RETURNS trigger LANGUAGE plpgsql AS'
        " $$ BEGIN RAISE EXCEPTION 'the clock of a ticket is never moved' USING ERRCODE = 'check_violation'; END $$"
    )
    op.execute(
        'CREATE TRIGGER hotline_clock_stands BEFORE UPDATE OF first_contact_at, due_at ON hotline_ticket FOR EACH ROW'
        ' WHEN (new.first_contact_at IS DISTINCT FROM old.first_contact_at OR new.due_at IS DISTINCT FROM old.due_at)'
        ' EXECUTE FUNCTION hotline_clock_stands()'
    )


def _calendar() -> None:
    op.create_table(
        'hotline_calendar',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(120), nullable=False),
        sa.Column('segments', sa.JSON(), nullable=False),
        sa.Column('off_on_holidays', sa.Boolean(), nullable=False),
        sa.Column('opening', sa.Boolean(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_hotline_calendar')),
        sa.UniqueConstraint('name', name=op.f('uq_hotline_calendar_name')),
    )


def _unit() -> None:
    op.create_table(
        'hotline_unit',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('name', sa.String(160), nullable=False),
        sa.Column('unit_code', sa.String(16), nullable=True),
        sa.Column('unit_from', sa.Date(), nullable=True),
        sa.Column('zone_id', sa.Integer(), nullable=True),
        sa.Column('kinds', sa.JSON(), nullable=False),
        sa.Column('head_id', sa.Integer(), nullable=True),
        sa.Column('email', sa.Text(), nullable=False),
        sa.Column('phone', sa.Text(), nullable=False),
        sa.Column('calendar_id', sa.Integer(), nullable=True),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('dissolved_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('successor_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['calendar_id'], ['hotline_calendar.id'], name=op.f('fk_hotline_unit_calendar_id')),
        sa.ForeignKeyConstraint(['head_id'], ['account.id'], name=op.f('fk_hotline_unit_head_id')),
        sa.ForeignKeyConstraint(['successor_id'], ['hotline_unit.id'], name=op.f('fk_hotline_unit_successor_id')),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_hotline_unit_zone_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_hotline_unit')),
    )
    op.create_index('ix_hotline_unit_dissolved_at', 'hotline_unit', ['dissolved_at'], **_where('dissolved_at IS NOT NULL'))
    op.create_index('ix_hotline_unit_zone_id', 'hotline_unit', ['zone_id'])


def _member() -> None:
    op.create_table(
        'hotline_member',
        sa.Column('unit_id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_hotline_member_account_id'), ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['unit_id'], ['hotline_unit.id'], name=op.f('fk_hotline_member_unit_id'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('unit_id', 'account_id', name=op.f('pk_hotline_member')),
    )
    op.create_index('ix_hotline_member_account_id', 'hotline_member', ['account_id'])


def _text() -> None:
    op.create_table(
        'hotline_text',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('first_id', sa.Integer(), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('purpose', _one_of('answer', 'script', name='textpurpose'), nullable=False),
        sa.Column('kind', _one_of('emergency', 'food', 'medicine', 'money', 'health_advice', 'violation', 'technical', 'other', name='ticketkind'), nullable=True),
        sa.Column('title_vi', sa.String(120), nullable=False),
        sa.Column('title_en', sa.String(120), nullable=False),
        sa.Column('text_vi', sa.String(2000), nullable=False),
        sa.Column('text_en', sa.String(2000), nullable=False),
        sa.Column('folded', sa.String(4400), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=True),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['made_by'], ['account.id'], name=op.f('fk_hotline_text_made_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_hotline_text')),
    )
    op.create_index('ix_hotline_text_in_use', 'hotline_text', ['purpose', 'kind', 'title_vi'], **_where('ended_at IS NULL'))


def _shift() -> None:
    op.create_table(
        'hotline_shift',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('extension', sa.String(32), nullable=False),
        sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('note', sa.Text(), nullable=False),
        sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('read_by', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_hotline_shift_account_id')),
        sa.ForeignKeyConstraint(['read_by'], ['account.id'], name=op.f('fk_hotline_shift_read_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_hotline_shift')),
    )
    op.create_index('ix_hotline_shift_begun_at', 'hotline_shift', ['begun_at'])
    op.create_index('uq_hotline_shift_open', 'hotline_shift', ['account_id'], unique=True, **_where('ended_at IS NULL'))


def _watch() -> None:
    op.create_table(
        'hotline_watch',
        sa.Column('name', sa.String(32), nullable=False),
        sa.Column('ran_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('late_s', sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_hotline_watch')),
    )


def _ticket() -> None:
    op.create_table(
        'hotline_ticket',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(8), nullable=False),
        sa.Column('source_key', sa.String(160), nullable=False),
        sa.Column('kind', _one_of('emergency', 'food', 'medicine', 'money', 'health_advice', 'violation', 'technical', 'other', name='ticketkind'), nullable=False),
        sa.Column('channel', _one_of('telephone', 'text', 'zalo', 'email', 'page', 'answer', 'staff', name='ticketchannel'), nullable=False),
        sa.Column('state', _one_of('new', 'taken', 'handed_over', 'accepted', 'answered', 'closed', name='ticketstate'), nullable=False),
        sa.Column('first_contact_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('noted_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('caller', sa.Text(), nullable=False),
        sa.Column('caller_name', sa.Text(), nullable=False),
        sa.Column('mail_address', sa.Text(), nullable=False),
        sa.Column('mail_id', sa.String(300), nullable=False),
        sa.Column('anonymous', sa.Boolean(), nullable=False),
        sa.Column('wants_answer', sa.Boolean(), nullable=False),
        sa.Column('language', sa.String(8), nullable=False),
        sa.Column('subject', sa.Text(), nullable=False),
        sa.Column('said', sa.Text(), nullable=False),
        sa.Column('unit_code', sa.String(16), nullable=True),
        sa.Column('unit_from', sa.Date(), nullable=True),
        sa.Column('place', sa.Text(), nullable=False),
        sa.Column('fix', sa.Text(), nullable=True),
        sa.Column('zone_id', sa.Integer(), nullable=True),
        sa.Column('resident_id', sa.Integer(), nullable=True),
        sa.Column('household_id', sa.Integer(), nullable=True),
        sa.Column('incident_id', sa.Integer(), nullable=True),
        sa.Column('unit_id', sa.Integer(), nullable=True),
        sa.Column('taken_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('taken_by', sa.Integer(), nullable=True),
        sa.Column('handed_over_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('refusals', sa.Integer(), nullable=False),
        sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('first_answered_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('answer', sa.Text(), nullable=False),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('first_closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('close_reason', _one_of('answered', 'no_answer_wanted', 'not_reached', 'withdrawn', 'not_ours', 'no_matter', 'merged', name='closereason'), nullable=True),
        sa.Column('reopened_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('reopened', sa.Integer(), nullable=False),
        sa.Column('waiting_since', sa.DateTime(timezone=True), nullable=False),
        sa.Column('round', sa.Integer(), nullable=False),
        sa.Column('merged_into_id', sa.Integer(), nullable=True),
        sa.Column('bundled_under_id', sa.Integer(), nullable=True),
        sa.Column('satisfaction', sa.Integer(), nullable=True),
        sa.Column('warned_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('head_warned_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('breached_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('breached_unassigned', sa.Boolean(), nullable=False),
        sa.Column('next_alarm_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['bundled_under_id'], ['hotline_ticket.id'], name=op.f('fk_hotline_ticket_bundled_under_id')),
        sa.ForeignKeyConstraint(['household_id'], ['household.id'], name=op.f('fk_hotline_ticket_household_id')),
        sa.ForeignKeyConstraint(['incident_id'], ['incident.id'], name=op.f('fk_hotline_ticket_incident_id')),
        sa.ForeignKeyConstraint(['merged_into_id'], ['hotline_ticket.id'], name=op.f('fk_hotline_ticket_merged_into_id')),
        sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_hotline_ticket_resident_id')),
        sa.ForeignKeyConstraint(['taken_by'], ['account.id'], name=op.f('fk_hotline_ticket_taken_by')),
        sa.ForeignKeyConstraint(['unit_id'], ['hotline_unit.id'], name=op.f('fk_hotline_ticket_unit_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_hotline_ticket')),
        sa.UniqueConstraint('code', name=op.f('uq_hotline_ticket_code')),
        sa.UniqueConstraint('source_key', name=op.f('uq_hotline_ticket_source_key')),
        *_limits(),
    )
    op.create_index('ix_hotline_ticket_answered', 'hotline_ticket', ['first_contact_at', 'id'], **_where("state = 'answered'"))
    op.create_index('ix_hotline_ticket_breached_at', 'hotline_ticket', ['due_at'], **_where("state != 'closed' AND first_answered_at IS NULL AND breached_at IS NULL"))
    op.create_index('ix_hotline_ticket_bundled_under_id', 'hotline_ticket', ['bundled_under_id'], **_where('bundled_under_id IS NOT NULL'))
    op.create_index('ix_hotline_ticket_caller', 'hotline_ticket', ['caller', 'first_contact_at'], **_where("caller != ''"))
    op.create_index('ix_hotline_ticket_closed_at', 'hotline_ticket', ['closed_at'], **_where('closed_at IS NOT NULL'))
    op.create_index('ix_hotline_ticket_first_contact_at', 'hotline_ticket', ['first_contact_at', 'id'])
    op.create_index('ix_hotline_ticket_head_warned_at', 'hotline_ticket', ['due_at'], **_where("state != 'closed' AND first_answered_at IS NULL AND head_warned_at IS NULL"))
    op.create_index('ix_hotline_ticket_household_id', 'hotline_ticket', ['household_id'], **_where('household_id IS NOT NULL'))
    op.create_index('ix_hotline_ticket_incident_id', 'hotline_ticket', ['incident_id'], **_where('incident_id IS NOT NULL'))
    op.create_index('ix_hotline_ticket_kind_first_contact_at', 'hotline_ticket', ['kind', 'first_contact_at'])
    op.create_index('ix_hotline_ticket_mail_address', 'hotline_ticket', ['mail_address', 'first_contact_at'], **_where("mail_address != ''"))
    op.create_index('ix_hotline_ticket_mail_id', 'hotline_ticket', ['mail_id'], **_where("mail_id != ''"))
    op.create_index('ix_hotline_ticket_merged_into_id', 'hotline_ticket', ['merged_into_id'], **_where('merged_into_id IS NOT NULL'))
    op.create_index('ix_hotline_ticket_next_alarm_at', 'hotline_ticket', ['next_alarm_at'], **_where('next_alarm_at IS NOT NULL'))
    op.create_index('ix_hotline_ticket_open_due', 'hotline_ticket', ['due_at', 'id'], **_where("state != 'closed'"))
    op.create_index('ix_hotline_ticket_open_taker', 'hotline_ticket', ['taken_by', 'due_at', 'id'], **_where("state != 'closed'"))
    op.create_index('ix_hotline_ticket_open_unit', 'hotline_ticket', ['unit_id', 'due_at', 'id'], **_where("state != 'closed'"))
    op.create_index('ix_hotline_ticket_open_zone', 'hotline_ticket', ['zone_id', 'due_at', 'id'], **_where("state != 'closed'"))
    op.create_index('ix_hotline_ticket_resident_id', 'hotline_ticket', ['resident_id'], **_where('resident_id IS NOT NULL'))
    op.create_index('ix_hotline_ticket_warned_at', 'hotline_ticket', ['due_at'], **_where("state != 'closed' AND first_answered_at IS NULL AND warned_at IS NULL"))


def _event() -> None:
    op.create_table(
        'hotline_event',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('ticket_id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('kind', _one_of('came', 'added', 'taken', 'changed', 'handed_over', 'accepted', 'refused', 'returned', 'answered', 'closed', 'reopened', 'merged', 'unmerged', 'bundled', 'unbundled', 'alarmed', 'rated', 'noted', name='eventkind'), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('words', sa.Text(), nullable=False),
        sa.Column('details', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_hotline_event_account_id')),
        sa.ForeignKeyConstraint(['ticket_id'], ['hotline_ticket.id'], name=op.f('fk_hotline_event_ticket_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_hotline_event')),
    )
    op.create_index('ix_hotline_event_ticket_id', 'hotline_event', ['ticket_id'])


def _alarm() -> None:
    op.create_table(
        'hotline_alarm',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('ticket_id', sa.Integer(), nullable=False),
        sa.Column('level', _one_of('emergency', 'emergency_late', 'take_late', 'hand_over_late', 'handed_over', 'accept_late', 'answer_late', 'refused', 'unit', 'head', 'breach', name='alarmlevel'), nullable=False),
        sa.Column('round', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('alert_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['alert_id'], ['alert.id'], name=op.f('fk_hotline_alarm_alert_id')),
        sa.ForeignKeyConstraint(['ticket_id'], ['hotline_ticket.id'], name=op.f('fk_hotline_alarm_ticket_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_hotline_alarm')),
        sa.UniqueConstraint('ticket_id', 'level', 'round', name=op.f('uq_hotline_alarm_ticket_id_level_round')),
    )
    op.create_index('ix_hotline_alarm_alert_id', 'hotline_alarm', ['alert_id'], **_where('alert_id IS NOT NULL'))


def _message() -> None:
    op.create_table(
        'hotline_message',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(120), nullable=False),
        sa.Column('ticket_id', sa.Integer(), nullable=True),
        sa.Column('about', _one_of('received', 'answer', 'closed', 'state', 'unit_told', 'unit_warned', name='messageabout'), nullable=False),
        sa.Column('channel', _one_of('telephone', 'text', 'zalo', 'email', 'page', 'answer', 'staff', name='ticketchannel'), nullable=False),
        sa.Column('address', sa.Text(), nullable=False),
        sa.Column('in_reply_to', sa.String(300), nullable=False),
        sa.Column('language', sa.String(8), nullable=False),
        sa.Column('text', sa.Text(), nullable=False),
        sa.Column('state', _one_of('queued', 'leased', 'sent', 'delivered', 'failed', 'uncertain', name='promptstate'), nullable=False),
        sa.Column('reference', sa.String(64), nullable=False),
        sa.Column('gateway_reference', sa.String(128), nullable=True),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('next_attempt_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('leased_by', sa.String(64), nullable=True),
        sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('problem', sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(['ticket_id'], ['hotline_ticket.id'], name=op.f('fk_hotline_message_ticket_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_hotline_message')),
        sa.UniqueConstraint('key', name=op.f('uq_hotline_message_key')),
        sa.UniqueConstraint('reference', name=op.f('uq_hotline_message_reference')),
    )
    op.create_index('ix_hotline_message_gateway_reference', 'hotline_message', ['gateway_reference'], **_where('gateway_reference IS NOT NULL'))
    op.create_index('ix_hotline_message_next_attempt_at', 'hotline_message', ['next_attempt_at'], **_where('next_attempt_at IS NOT NULL'))
    op.create_index('ix_hotline_message_ticket_id', 'hotline_message', ['ticket_id'])


def _call() -> None:
    op.create_table(
        'hotline_call',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('call_id', sa.String(160), nullable=False),
        sa.Column('caller', sa.Text(), nullable=False),
        sa.Column('extension', sa.String(32), nullable=False),
        sa.Column('rang_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('operator_id', sa.Integer(), nullable=True),
        sa.Column('ticket_id', sa.Integer(), nullable=True),
        sa.Column('noted_at', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['operator_id'], ['account.id'], name=op.f('fk_hotline_call_operator_id')),
        sa.ForeignKeyConstraint(['ticket_id'], ['hotline_ticket.id'], name=op.f('fk_hotline_call_ticket_id')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_hotline_call')),
        sa.UniqueConstraint('call_id', name=op.f('uq_hotline_call_call_id')),
    )
    op.create_index('ix_hotline_call_extension', 'hotline_call', ['extension', 'rang_at'], **_where('ended_at IS NULL'))
    op.create_index('ix_hotline_call_noted_at', 'hotline_call', ['noted_at'])
    op.create_index('ix_hotline_call_ticket_id', 'hotline_call', ['ticket_id'], **_where('ticket_id IS NOT NULL'))
