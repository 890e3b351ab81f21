"""A person's newest photo, and the orders of a zone that end soon, are found without looking at all of them."""

from __future__ import annotations

from alembic import op

revision = '0059'
down_revision = '0058'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_media_resident_id_kind_taken_at', 'media', ['resident_id', 'kind', 'taken_at'])
    op.drop_index('ix_media_resident_id', table_name='media')
    op.create_index('ix_quarantine_order_zone_id_state_ends_at', 'quarantine_order', ['zone_id', 'state', 'ends_at'])
    op.drop_index('ix_quarantine_order_zone_id', table_name='quarantine_order')


def downgrade() -> None:
    op.create_index('ix_quarantine_order_zone_id', 'quarantine_order', ['zone_id'])
    op.drop_index('ix_quarantine_order_zone_id_state_ends_at', table_name='quarantine_order')
    op.create_index('ix_media_resident_id', 'media', ['resident_id'])
    op.drop_index('ix_media_resident_id_kind_taken_at', table_name='media')
