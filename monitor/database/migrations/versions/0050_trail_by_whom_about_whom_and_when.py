"""The trail is read newest first, also of one account, person, zone or action, without sorting all of it."""

from __future__ import annotations

from alembic import op

revision = '0050'
down_revision = '0049'
branch_labels = None
depends_on = None

BY = ('account_id', 'zone_id', 'resident_id')


def upgrade() -> None:
    op.create_index('ix_audit_entry_at_id', 'audit_entry', ['at', 'id'])
    for column in (*BY, 'action'):
        op.create_index(f'ix_audit_entry_{column}_at_id', 'audit_entry', [column, 'at', 'id'])
    for column in BY:
        op.drop_index(f'ix_audit_entry_{column}', table_name='audit_entry')


def downgrade() -> None:
    for column in BY:
        op.create_index(f'ix_audit_entry_{column}', 'audit_entry', [column])
    for column in (*BY, 'action'):
        op.drop_index(f'ix_audit_entry_{column}_at_id', table_name='audit_entry')
    op.drop_index('ix_audit_entry_at_id', table_name='audit_entry')
