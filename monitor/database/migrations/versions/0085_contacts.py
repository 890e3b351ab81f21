"""Contacts: rules of contact, cases of an infection, interviews, milestones, whom they met, what is to be done, clusters."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0085'
down_revision = '0080'
branch_labels = None
depends_on = None

TABLES = (
    'contact_rule', 'infection_case', 'case_interview', 'milestone', 'case_purpose', 'cluster', 'cluster_member', 'case_contact',
    'exposure', 'contact_task', 'contact_link',
)


def _one_of(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=False, length=32)


def _where(condition: str) -> dict[str, Any]:
    return {'sqlite_where': sa.text(condition), 'postgresql_where': sa.text(condition)}


def upgrade() -> None:
    _contact_rule()
    _infection_case()
    _case_interview()
    _milestone()
    _case_purpose()
    _cluster()
    _cluster_member()
    _case_contact()
    _exposure()
    _contact_task()
    _contact_link()


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)


def _contact_rule() -> None:
    op.create_table(
        'contact_rule',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('disease', sa.String(40), nullable=False),
        sa.Column('name', sa.String(200), nullable=False),
        sa.Column('starts_on', sa.Date(), nullable=False),
        sa.Column('ends_on', sa.Date(), nullable=True),
        sa.Column('source', sa.String(400), nullable=False),
        sa.Column('details', sa.JSON(), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=False),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawn_by', sa.Integer(), nullable=True),
        sa.Column('withdrawn_why', sa.String(300), nullable=False),
        sa.ForeignKeyConstraint(['made_by'], ['account.id'], name='fk_contact_rule_made_by'),
        sa.ForeignKeyConstraint(['withdrawn_by'], ['account.id'], name='fk_contact_rule_withdrawn_by'),
        sa.PrimaryKeyConstraint('id', name='pk_contact_rule'),
    )


def _infection_case() -> None:
    op.create_table(
        'infection_case',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('token', sa.String(64), nullable=False),
        sa.Column('resident_id', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('disease', sa.String(40), nullable=False),
        sa.Column('onset_on', sa.Date(), nullable=True),
        sa.Column('without_signs', sa.Boolean(), nullable=False),
        sa.Column('sampled_on', sa.Date(), nullable=True),
        sa.Column('result_on', sa.Date(), nullable=True),
        sa.Column('isolated_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_on', sa.Date(), nullable=True),
        sa.Column('test_id', sa.Integer(), nullable=True),
        sa.Column('symptoms', sa.Text(), nullable=False),
        sa.Column('found_where', _one_of('quarantine', 'sealed_off', 'community', 'border', 'hospital', 'workplace', name='foundwhere'), nullable=False),
        sa.Column('state', _one_of('open', 'closed', 'withdrawn', name='casestate'), nullable=False),
        sa.Column('why', sa.String(300), nullable=False),
        sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('entered_by', sa.Integer(), nullable=True),
        sa.Column('interviewed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('interviewer', sa.Integer(), nullable=True),
        sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['entered_by'], ['account.id'], name='fk_infection_case_entered_by'),
        sa.ForeignKeyConstraint(['interviewer'], ['account.id'], name='fk_infection_case_interviewer'),
        sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name='fk_infection_case_resident_id'),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name='fk_infection_case_zone_id'),
        sa.PrimaryKeyConstraint('id', name='pk_infection_case'),
        sa.UniqueConstraint('test_id', name='uq_infection_case_test_id'),
        sa.UniqueConstraint('token', name='uq_infection_case_token'),
    )
    op.create_index('ix_infection_case_closed_at', 'infection_case', ['closed_at'], **_where('closed_at IS NOT NULL'))
    op.create_index('ix_infection_case_entered_at', 'infection_case', ['entered_at'])
    op.create_index('ix_infection_case_resident_id', 'infection_case', ['resident_id'])
    op.create_index('ix_infection_case_zone_id_entered_at', 'infection_case', ['zone_id', 'entered_at'])


def _case_interview() -> None:
    op.create_table(
        'case_interview',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('way', _one_of('telephone', 'in_person', 'kin', name='interviewway'), nullable=False),
        sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('read_back_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('draft', sa.Text(), nullable=True),
        sa.Column('notes', sa.Text(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name='fk_case_interview_account_id'),
        sa.ForeignKeyConstraint(['case_id'], ['infection_case.id'], name='fk_case_interview_case_id'),
        sa.PrimaryKeyConstraint('id', name='pk_case_interview'),
    )
    op.create_index('ix_case_interview_case_id', 'case_interview', ['case_id'])
    op.create_index('uq_case_interview_open', 'case_interview', ['case_id'], unique=True, **_where('ended_at IS NULL'))


def _milestone() -> None:
    op.create_table(
        'milestone',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('interview_id', sa.Integer(), nullable=True),
        sa.Column('source', _one_of('interview', 'own_list', 'check_in', 'staff', name='milestonesource'), nullable=False),
        sa.Column('place', sa.Text(), nullable=False),
        sa.Column('control_place_id', sa.Integer(), nullable=True),
        sa.Column('room_id', sa.Integer(), nullable=True),
        sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('to_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('done', sa.Text(), nullable=False),
        sa.Column('noted_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('noted_by', sa.Integer(), nullable=True),
        sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['case_id'], ['infection_case.id'], name='fk_milestone_case_id'),
        sa.ForeignKeyConstraint(['control_place_id'], ['control_place.id'], name='fk_milestone_control_place_id'),
        sa.ForeignKeyConstraint(['interview_id'], ['case_interview.id'], name='fk_milestone_interview_id'),
        sa.ForeignKeyConstraint(['noted_by'], ['account.id'], name='fk_milestone_noted_by'),
        sa.ForeignKeyConstraint(['room_id'], ['room.id'], name='fk_milestone_room_id'),
        sa.PrimaryKeyConstraint('id', name='pk_milestone'),
    )
    op.create_index('ix_milestone_case_id_from_at', 'milestone', ['case_id', 'from_at'])
    op.create_index('ix_milestone_control_place_id', 'milestone', ['control_place_id'], **_where('control_place_id IS NOT NULL'))
    op.create_index('ix_milestone_room_id', 'milestone', ['room_id'], **_where('room_id IS NOT NULL'))


def _case_purpose() -> None:
    op.create_table(
        'case_purpose',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('reason', sa.String(300), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('until', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name='fk_case_purpose_account_id'),
        sa.ForeignKeyConstraint(['case_id'], ['infection_case.id'], name='fk_case_purpose_case_id'),
        sa.PrimaryKeyConstraint('id', name='pk_case_purpose'),
    )
    op.create_index('ix_case_purpose_case_id_account_id_until', 'case_purpose', ['case_id', 'account_id', 'until'])


def _cluster() -> None:
    op.create_table(
        'cluster',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('token', sa.String(64), nullable=False),
        sa.Column('name', sa.String(160), nullable=False),
        sa.Column('disease', sa.String(40), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('opened_on', sa.Date(), nullable=False),
        sa.Column('closed_on', sa.Date(), nullable=True),
        sa.Column('note', sa.String(300), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['made_by'], ['account.id'], name='fk_cluster_made_by'),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name='fk_cluster_zone_id'),
        sa.PrimaryKeyConstraint('id', name='pk_cluster'),
        sa.UniqueConstraint('token', name='uq_cluster_token'),
    )
    op.create_index('ix_cluster_zone_id_opened_on', 'cluster', ['zone_id', 'opened_on'])


def _cluster_member() -> None:
    op.create_table(
        'cluster_member',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('cluster_id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=True),
        sa.Column('control_place_id', sa.Integer(), nullable=True),
        sa.Column('order_id', sa.Integer(), nullable=True),
        sa.Column('added_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('added_by', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['added_by'], ['account.id'], name='fk_cluster_member_added_by'),
        sa.ForeignKeyConstraint(['case_id'], ['infection_case.id'], name='fk_cluster_member_case_id'),
        sa.ForeignKeyConstraint(['cluster_id'], ['cluster.id'], name='fk_cluster_member_cluster_id'),
        sa.ForeignKeyConstraint(['control_place_id'], ['control_place.id'], name='fk_cluster_member_control_place_id'),
        sa.ForeignKeyConstraint(['order_id'], ['quarantine_order.id'], name='fk_cluster_member_order_id'),
        sa.PrimaryKeyConstraint('id', name='pk_cluster_member'),
        sa.UniqueConstraint('cluster_id', 'case_id', name='uq_cluster_member_cluster_id_case_id'),
        sa.UniqueConstraint('cluster_id', 'control_place_id', name='uq_cluster_member_cluster_id_control_place_id'),
        sa.UniqueConstraint('cluster_id', 'order_id', name='uq_cluster_member_cluster_id_order_id'),
    )
    op.create_index('ix_cluster_member_case_id', 'cluster_member', ['case_id'], **_where('case_id IS NOT NULL'))
    op.create_index('ix_cluster_member_control_place_id', 'cluster_member', ['control_place_id'], **_where('control_place_id IS NOT NULL'))
    op.create_index('ix_cluster_member_order_id', 'cluster_member', ['order_id'], **_where('order_id IS NOT NULL'))


def _case_contact() -> None:
    op.create_table(
        'case_contact',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('degree', sa.Integer(), nullable=False),
        sa.Column('through_id', sa.Integer(), nullable=True),
        sa.Column('resident_id', sa.Integer(), nullable=True),
        sa.Column('declarant_id', sa.Integer(), nullable=True),
        sa.Column('full_name', sa.Text(), nullable=False),
        sa.Column('phone', sa.Text(), nullable=False),
        sa.Column('address', sa.Text(), nullable=False),
        sa.Column('document_number', sa.Text(), nullable=False),
        sa.Column('sex', _one_of('female', 'male', 'other', name='sex'), nullable=True),
        sa.Column('birth_date', sa.Date(), nullable=True),
        sa.Column('birth_precision', _one_of('day', 'month', 'year', name='birthprecision'), nullable=False),
        sa.Column('note', sa.Text(), nullable=False),
        sa.Column('state', _one_of('proposed', 'released', 'refused', 'merged', name='contactstate'), nullable=False),
        sa.Column('tier', sa.String(32), nullable=False),
        sa.Column('certainty', _one_of('certain', 'possible', name='certainty'), nullable=False),
        sa.Column('first_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('last_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('named_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('named_by', sa.Integer(), nullable=True),
        sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('decided_by', sa.Integer(), nullable=True),
        sa.Column('decided_why', sa.String(300), nullable=False),
        sa.Column('merged_into_id', sa.Integer(), nullable=True),
        sa.Column('isolated_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('order_id', sa.Integer(), nullable=True),
        sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['case_id'], ['infection_case.id'], name='fk_case_contact_case_id'),
        sa.ForeignKeyConstraint(['decided_by'], ['account.id'], name='fk_case_contact_decided_by'),
        sa.ForeignKeyConstraint(['declarant_id'], ['declarant.id'], name='fk_case_contact_declarant_id'),
        sa.ForeignKeyConstraint(['merged_into_id'], ['case_contact.id'], name='fk_case_contact_merged_into_id'),
        sa.ForeignKeyConstraint(['named_by'], ['account.id'], name='fk_case_contact_named_by'),
        sa.ForeignKeyConstraint(['order_id'], ['quarantine_order.id'], name='fk_case_contact_order_id'),
        sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name='fk_case_contact_resident_id'),
        sa.ForeignKeyConstraint(['through_id'], ['case_contact.id'], name='fk_case_contact_through_id'),
        sa.PrimaryKeyConstraint('id', name='pk_case_contact'),
    )
    op.create_index('ix_case_contact_case_id_state', 'case_contact', ['case_id', 'state'])
    op.create_index('ix_case_contact_declarant_id', 'case_contact', ['declarant_id'], **_where('declarant_id IS NOT NULL'))
    op.create_index('ix_case_contact_order_id', 'case_contact', ['order_id'], **_where('order_id IS NOT NULL'))
    op.create_index('ix_case_contact_phone', 'case_contact', ['phone'], **_where("phone != ''"))
    op.create_index('ix_case_contact_resident_id', 'case_contact', ['resident_id'], **_where('resident_id IS NOT NULL'))
    op.create_index('ix_case_contact_state_named_at', 'case_contact', ['state', 'named_at'])
    op.create_index('ix_case_contact_through_id', 'case_contact', ['through_id'], **_where('through_id IS NOT NULL'))
    op.create_index('uq_case_contact_declarant', 'case_contact', ['case_id', 'declarant_id'], unique=True, **_where("declarant_id IS NOT NULL AND state != 'merged'"))
    op.create_index('uq_case_contact_resident', 'case_contact', ['case_id', 'resident_id'], unique=True, **_where("resident_id IS NOT NULL AND state != 'merged'"))


def _exposure() -> None:
    op.create_table(
        'exposure',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(80), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('contact_id', sa.Integer(), nullable=False),
        sa.Column('through_id', sa.Integer(), nullable=True),
        sa.Column('source', _one_of('interview', 'own_list', 'household', 'room', 'ward', 'camera_line', 'check_in', 'declaration', 'bluezone', name='exposuresource'), nullable=False),
        sa.Column('certain_from', sa.DateTime(timezone=True), nullable=True),
        sa.Column('certain_to', sa.DateTime(timezone=True), nullable=True),
        sa.Column('possible_from', sa.DateTime(timezone=True), nullable=False),
        sa.Column('possible_to', sa.DateTime(timezone=True), nullable=False),
        sa.Column('minutes', sa.Integer(), nullable=True),
        sa.Column('proximity', _one_of('touch', 'near', 'same_room', 'same_place', 'passing', 'unknown', name='proximity'), nullable=False),
        sa.Column('certainty', _one_of('certain', 'possible', name='certainty'), nullable=False),
        sa.Column('milestone_id', sa.Integer(), nullable=True),
        sa.Column('control_place_id', sa.Integer(), nullable=True),
        sa.Column('point_id', sa.Integer(), nullable=True),
        sa.Column('room_id', sa.Integer(), nullable=True),
        sa.Column('words', sa.Text(), nullable=False),
        sa.Column('figures', sa.JSON(), nullable=False),
        sa.Column('rule_key', sa.String(60), nullable=False),
        sa.Column('rule', sa.JSON(), nullable=False),
        sa.Column('tier', sa.String(32), nullable=False),
        sa.Column('why', sa.JSON(), nullable=False),
        sa.Column('noted_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('noted_by', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['contact_id'], ['case_contact.id'], name='fk_exposure_contact_id'),
        sa.ForeignKeyConstraint(['control_place_id'], ['control_place.id'], name='fk_exposure_control_place_id'),
        sa.ForeignKeyConstraint(['milestone_id'], ['milestone.id'], name='fk_exposure_milestone_id'),
        sa.ForeignKeyConstraint(['noted_by'], ['account.id'], name='fk_exposure_noted_by'),
        sa.ForeignKeyConstraint(['point_id'], ['control_point.id'], name='fk_exposure_point_id'),
        sa.ForeignKeyConstraint(['room_id'], ['room.id'], name='fk_exposure_room_id'),
        sa.ForeignKeyConstraint(['through_id'], ['case_contact.id'], name='fk_exposure_through_id'),
        sa.PrimaryKeyConstraint('id', name='pk_exposure'),
        sa.UniqueConstraint('key', name='uq_exposure_key'),
    )
    op.create_index('ix_exposure_case_id', 'exposure', ['case_id'])
    op.create_index('ix_exposure_contact_id', 'exposure', ['contact_id'])
    op.create_index('ix_exposure_control_place_id', 'exposure', ['control_place_id'], **_where('control_place_id IS NOT NULL'))
    op.create_index('ix_exposure_milestone_id', 'exposure', ['milestone_id'], **_where('milestone_id IS NOT NULL'))
    op.create_index('ix_exposure_room_id', 'exposure', ['room_id'], **_where('room_id IS NOT NULL'))
    op.create_index('ix_exposure_through_id', 'exposure', ['through_id'], **_where('through_id IS NOT NULL'))


def _contact_task() -> None:
    op.create_table(
        'contact_task',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('contact_id', sa.Integer(), nullable=False),
        sa.Column('kind', _one_of('call', 'test', 'order', name='taskkind'), nullable=False),
        sa.Column('day', sa.Integer(), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('tried', sa.Integer(), nullable=False),
        sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('done_by', sa.Integer(), nullable=True),
        sa.Column('outcome', _one_of('done', 'not_reached', 'not_needed', name='taskoutcome'), nullable=True),
        sa.Column('note', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['contact_id'], ['case_contact.id'], name='fk_contact_task_contact_id'),
        sa.ForeignKeyConstraint(['done_by'], ['account.id'], name='fk_contact_task_done_by'),
        sa.PrimaryKeyConstraint('id', name='pk_contact_task'),
        sa.UniqueConstraint('contact_id', 'kind', 'day', name='uq_contact_task_contact_id_kind_day'),
    )
    op.create_index('ix_contact_task_case_id', 'contact_task', ['case_id'])
    op.create_index('ix_contact_task_due', 'contact_task', ['due_at', 'id'], **_where('done_at IS NULL'))


def _contact_link() -> None:
    op.create_table(
        'contact_link',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('key', sa.String(64), nullable=False),
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('contact_id', sa.Integer(), nullable=False),
        sa.Column('language', sa.String(8), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=False),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['contact_id'], ['case_contact.id'], name='fk_contact_link_contact_id'),
        sa.ForeignKeyConstraint(['made_by'], ['account.id'], name='fk_contact_link_made_by'),
        sa.PrimaryKeyConstraint('id', name='pk_contact_link'),
        sa.UniqueConstraint('key', name='uq_contact_link_key'),
    )
    op.create_index('ix_contact_link_case_id', 'contact_link', ['case_id'])
    op.create_index('ix_contact_link_contact_id', 'contact_link', ['contact_id'])
    op.create_index('ix_contact_link_ends_at', 'contact_link', ['ends_at'])
