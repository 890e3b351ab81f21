"""What administrators say about their installation, how far setting up is, and which channels were tried."""

import sqlalchemy as sa
from alembic import op


revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'stated_value',
        sa.Column('name', sa.String(length=32), nullable=False),
        sa.Column('value', sa.String(length=300), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name='fk_stated_value_account_id_account'),
        sa.PrimaryKeyConstraint('name', name='pk_stated_value'),
    )
    op.create_table(
        'set_up_step',
        sa.Column('name', sa.String(length=32), nullable=False),
        sa.Column('mark', sa.String(length=32), nullable=False),
        sa.Column('of', sa.String(length=64), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('account_id', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['account_id'], ['account.id'], name='fk_set_up_step_account_id_account'),
        sa.PrimaryKeyConstraint('name', name='pk_set_up_step'),
    )
    op.create_table(
        'channel_try',
        sa.Column('channel', sa.String(length=32), nullable=False),
        sa.Column('tried_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('worked_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('problem', sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint('channel', name='pk_channel_try'),
    )
    for column in ('sent_at', 'delivered_at'):
        filled = sa.text(f'{column} IS NOT NULL')
        op.create_index(
            f'ix_prompt_channel_{column}', 'prompt', ['channel', column], sqlite_where=filled, postgresql_where=filled
        )


def downgrade() -> None:
    for column in ('delivered_at', 'sent_at'):
        op.drop_index(f'ix_prompt_channel_{column}', table_name='prompt')
    for table in ('channel_try', 'set_up_step', 'stated_value'):
        op.drop_table(table)
