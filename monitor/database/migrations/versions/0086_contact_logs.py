"""Contact logs that people upload, warnings about places, and finding who was at a place at a time without reading all others."""

from __future__ import annotations

from alembic import op

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_place_stay_place_id_possible", "place_stay", ["place_id", "possible_from", "possible_to"])
    op.drop_index("ix_place_stay_place_id_possible_from", "place_stay")


def downgrade() -> None:
    op.create_index("ix_place_stay_place_id_possible_from", "place_stay", ["place_id", "possible_from"])
    op.drop_index("ix_place_stay_place_id_possible", "place_stay")
