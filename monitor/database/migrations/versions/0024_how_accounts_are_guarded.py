"""Invitations, second factors, PINs of shared tablets, and what is known of a session."""

from typing import Any

import sqlalchemy as sa
from alembic import op


revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None

def _columns() -> dict[str, tuple[sa.Column[Any], ...]]:
    """What two tables gain."""
    return {
        'account': (
            sa.Column('totp_secret', sa.Text(), nullable=True),
            sa.Column('totp_pending', sa.Text(), nullable=True),
            sa.Column('totp_step', sa.Integer(), nullable=True),
            sa.Column('pin_hash', sa.Text(), nullable=True),
        ),
        'sign_in_session': (
            sa.Column('way', sa.String(length=32), nullable=False, server_default='password'),
            sa.Column('awaits_factor', sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column('shared', sa.Boolean(), nullable=False, server_default=sa.false()),
            sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
            sa.Column('failures', sa.Integer(), nullable=False, server_default='0'),
            sa.Column('device', sa.String(length=120), nullable=False, server_default=''),
        ),
    }


def upgrade() -> None:
    for table, columns in _columns().items():
        for column in columns:
            op.add_column(table, column)
    op.create_table(
        'invitation',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code_hash', sa.String(length=64), nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.Column('made_by', sa.Integer(), nullable=True),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('clears_factors', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name='fk_invitation_account_id', ondelete='CASCADE'),
        sa.ForeignKeyConstraint(['made_by'], ['account.id'], name='fk_invitation_made_by'),
        sa.PrimaryKeyConstraint('id', name='pk_invitation'),
        sa.UniqueConstraint('code_hash', name='uq_invitation_code_hash'),
    )
    op.create_index('ix_invitation_account_id', 'invitation', ['account_id'])
    op.create_table(
        'passkey',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('credential_id', sa.Text(), nullable=False),
        sa.Column('public_key', sa.Text(), nullable=False),
        sa.Column('sign_count', sa.BigInteger(), nullable=False),
        sa.Column('name', sa.String(length=64), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name='fk_passkey_account_id', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('id', name='pk_passkey'),
        sa.UniqueConstraint('credential_id', name='uq_passkey_credential_id'),
    )
    op.create_index('ix_passkey_account_id', 'passkey', ['account_id'])
    op.create_table(
        'used_challenge',
        sa.Column('challenge_hash', sa.String(length=64), nullable=False),
        sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('challenge_hash', name='pk_used_challenge'),
    )
    op.create_table(
        'recovery_code',
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('code_hash', sa.String(length=200), nullable=False),
        sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name='fk_recovery_code_account_id', ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('account_id', 'number', name='pk_recovery_code'),
    )


def downgrade() -> None:
    for table in ('recovery_code', 'used_challenge', 'passkey', 'invitation'):
        op.drop_table(table)
    for table, columns in _columns().items():
        for column in columns:
            op.drop_column(table, column.name)
