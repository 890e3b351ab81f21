"""When a person's links were last withdrawn: those of before open nothing any more."""

import sqlalchemy as sa
from alembic import op


revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('resident', sa.Column('links_withdrawn_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('resident', 'links_withdrawn_at')
