"""Requests of people about their data, consent, whose room an audit entry is about, and who refuses face matching."""

import sqlalchemy as sa
from alembic import op


revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

_UNANSWERED = sa.text('answered_at IS NULL')


def upgrade() -> None:
    op.create_table('rights_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('resident_id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('asked_by', sa.String(length=120), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('entered_by', sa.Integer(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by', sa.Integer(), nullable=True),
    sa.Column('outcome', sa.String(length=32), nullable=True),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['answered_by'], ['account.id'], name=op.f('fk_rights_request_answered_by')),
    sa.ForeignKeyConstraint(['entered_by'], ['account.id'], name=op.f('fk_rights_request_entered_by')),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_rights_request_resident_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_rights_request_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rights_request'))
    )
    op.create_index(op.f('ix_rights_request_resident_id'), 'rights_request', ['resident_id'])
    op.create_index(op.f('ix_rights_request_zone_id'), 'rights_request', ['zone_id'])
    op.create_index('ix_rights_request_unanswered', 'rights_request', ['due_at'], sqlite_where=_UNANSWERED, postgresql_where=_UNANSWERED)

    op.create_table('consent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('resident_id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('given', sa.Boolean(), nullable=False),
    sa.Column('version', sa.String(length=16), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('given_by', sa.String(length=120), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_consent_account_id')),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_consent_resident_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_consent_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent'))
    )
    op.create_index(op.f('ix_consent_resident_id'), 'consent', ['resident_id'])
    op.create_index(op.f('ix_consent_zone_id'), 'consent', ['zone_id'])

    op.create_table('audit_about',
    sa.Column('entry_id', sa.Integer(), nullable=False),
    sa.Column('resident_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['entry_id'], ['audit_entry.id'], name=op.f('fk_audit_about_entry_id')),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_audit_about_resident_id')),
    sa.PrimaryKeyConstraint('entry_id', 'resident_id', name=op.f('pk_audit_about'))
    )
    op.create_index(op.f('ix_audit_about_resident_id'), 'audit_about', ['resident_id'])

    op.add_column('resident', sa.Column('refuses_faces', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('plan', sa.Column('view_reason', sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column('plan', 'view_reason')
    op.drop_column('resident', 'refuses_faces')
    op.drop_table('audit_about')
    op.drop_table('consent')
    op.drop_table('rights_request')
