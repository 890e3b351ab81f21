"""A person's newest photo and the orders of a zone that end soon are found by index; figures of faces are counted by day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
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
    # Figures of a day tell of faces too from now on: those that are shown are counted again, a few each minute.
    figures = sa.table(
        'daily_figures',
        sa.column('zone_id', sa.Integer()),
        sa.column('day', sa.Date()),
        sa.column('next_count_at', sa.DateTime(timezone=True)),
    )
    now = datetime.now(UTC)
    shown = (figures.c.zone_id != 0, figures.c.day >= now.date() - timedelta(days=31))
    op.execute(figures.update().where(*shown).values(next_count_at=now))


def downgrade() -> None:
    op.create_index('ix_quarantine_order_zone_id', 'quarantine_order', ['zone_id'])
    op.drop_index('ix_quarantine_order_zone_id_state_ends_at', table_name='quarantine_order')
    op.create_index('ix_media_resident_id', 'media', ['resident_id'])
    op.drop_index('ix_media_resident_id_kind_taken_at', table_name='media')
