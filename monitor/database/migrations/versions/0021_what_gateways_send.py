"""What gateways send: times as they wrote them, texts that are no answer by themselves, receipts under other names, and what came."""

import sqlalchemy as sa
from alembic import op


revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('inbound_message') as batch:
        batch.add_column(sa.Column('said', sa.String(length=64), nullable=False, server_default=''))
        batch.add_column(sa.Column('doubt', sa.String(length=32), nullable=True))
    with op.batch_alter_table('inbound_part') as batch:
        batch.add_column(sa.Column('said', sa.String(length=64), nullable=False, server_default=''))
        batch.add_column(sa.Column('said_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('parked_receipt', sa.Column('number', sa.Text(), nullable=False, server_default=''))
    op.create_table(
        'gateway_count',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('gateway', sa.String(length=32), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('reading', sa.String(length=32), nullable=False),
        sa.Column('word', sa.String(length=40), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_gateway_count'),
        sa.UniqueConstraint('gateway', 'day', 'reading', 'word', name='uq_gateway_count_gateway_day_reading_word'),
    )
    op.create_table(
        'gateway_sample',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('gateway', sa.String(length=32), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('reading', sa.String(length=32), nullable=False),
        sa.Column('number', sa.String(length=32), nullable=False),
        sa.Column('content', sa.Text(), nullable=False),
        sa.Column('read', sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint('id', name='pk_gateway_sample'),
    )
    op.create_index('ix_gateway_sample_at', 'gateway_sample', ['at'])


def downgrade() -> None:
    op.drop_table('gateway_sample')
    op.drop_table('gateway_count')
    op.drop_column('parked_receipt', 'number')
    with op.batch_alter_table('inbound_part') as batch:
        batch.drop_column('said_at')
        batch.drop_column('said')
    with op.batch_alter_table('inbound_message') as batch:
        batch.drop_column('doubt')
        batch.drop_column('said')
