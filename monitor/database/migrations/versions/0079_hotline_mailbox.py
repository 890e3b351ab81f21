"""How far the hotline's mailbox has been read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0079'
down_revision = '0078'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'hotline_mailbox',
        sa.Column('name', sa.String(64), nullable=False),
        sa.Column('validity', sa.BigInteger(), nullable=False),
        sa.Column('last_uid', sa.BigInteger(), nullable=False),
        sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('failing_since', sa.DateTime(timezone=True)),
        sa.Column('problem', sa.JSON()),
        sa.PrimaryKeyConstraint('name', name=op.f('pk_hotline_mailbox')),
    )


def downgrade() -> None:
    op.drop_table('hotline_mailbox')
