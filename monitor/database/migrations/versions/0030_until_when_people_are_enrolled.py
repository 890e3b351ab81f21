"""Up to which day people may be enrolled."""

import sqlalchemy as sa
from alembic import op


revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'enrolment_sunset',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('last_day', sa.Date(), nullable=False),
        sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=True),
        sa.Column('why', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['made_by'], ['account.id'], name='fk_enrolment_sunset_made_by'),
        sa.PrimaryKeyConstraint('id', name='pk_enrolment_sunset'),
    )


def downgrade() -> None:
    op.drop_table('enrolment_sunset')
