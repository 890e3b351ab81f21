"""Check-ins, messages and people by zone are counted by whoever writes them, not by who looks."""

from __future__ import annotations

from alembic import op

from monitor.database.tallies import drop_tallies

revision = '0055'
down_revision = '0054'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Made after the newest migration, by all that there is then: see `monitor/database/tallies.py`."""


def downgrade() -> None:
    drop_tallies(op.get_bind())
