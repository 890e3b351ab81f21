"""Orders stand in the index in the sequence of the list by their end: thousands of them end in the same minute before midnight."""

from __future__ import annotations

from alembic import op

revision = '0045'
down_revision = '0044'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_quarantine_order_state_ends_at_id', 'quarantine_order', ['state', 'ends_at', 'id'])
    op.drop_index('ix_quarantine_order_state_ends_at', table_name='quarantine_order')


def downgrade() -> None:
    op.create_index('ix_quarantine_order_state_ends_at', 'quarantine_order', ['state', 'ends_at'])
    op.drop_index('ix_quarantine_order_state_ends_at_id', table_name='quarantine_order')
