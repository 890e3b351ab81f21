"""Two supervisors do not decide about one person at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0044'
down_revision = '0043'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'review_claim',
        sa.Column('resident_id', sa.Integer(), autoincrement=False, nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=False),
        sa.Column('until', sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_review_claim_resident_id')),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_review_claim_account_id')),
        sa.PrimaryKeyConstraint('resident_id', name=op.f('pk_review_claim')),
    )
    op.create_index(op.f('ix_review_claim_account_id'), 'review_claim', ['account_id'])


def downgrade() -> None:
    op.drop_table('review_claim')
