"""Faces are compared of who agreed; the province's quiet hours; a second supervisor for a new plan; messages in an emergency."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations


revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None

# Only who said so has agreed: whoever refused never, and whoever said nothing is asked at their next answer.
AGREED = """
UPDATE resident SET agrees_to_faces = {yes} WHERE NOT refuses_faces AND EXISTS (
    SELECT 1 FROM consent WHERE consent.resident_id = resident.id AND consent.kind = 'faces' AND consent.given AND consent.id = (
        SELECT max(newest.id) FROM consent AS newest WHERE newest.resident_id = resident.id AND newest.kind = 'faces'))
"""
FILLED = ('next_attempt_at', 'gateway_reference')
ONE_MESSAGE = ('check_in_id', 'kind', 'channel')
BEFORE, AFTER = 'uq_prompt_check_in_id_kind_channel', 'uq_prompt_check_in_id_kind_channel_emergency_id'
PLAN = (
    lambda: sa.Column('share_wanted', sa.Integer(), nullable=True),
    lambda: sa.Column('share_wanted_by', sa.Integer(), nullable=True),
    lambda: sa.Column('share_agreed_by', sa.Integer(), nullable=True),
    lambda: sa.Column('share_agreed_at', sa.DateTime(timezone=True), nullable=True),
)


def upgrade() -> None:
    op.add_column('resident', sa.Column('agrees_to_faces', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(AGREED.format(yes='TRUE' if op.get_bind().dialect.name == 'postgresql' else '1'))
    op.create_table(
        'quiet_floor',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('quiet_from', sa.String(length=5), nullable=False),
        sa.Column('quiet_to', sa.String(length=5), nullable=False),
        sa.Column('since', sa.DateTime(timezone=True), nullable=False),
        sa.Column('made_by', sa.Integer(), nullable=True),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['made_by'], ['account.id'], name='fk_quiet_floor_made_by'),
        sa.PrimaryKeyConstraint('id', name='pk_quiet_floor'),
    )
    op.create_table(
        'emergency_message',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('text_vi', sa.Text(), nullable=False),
        sa.Column('text_en', sa.Text(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('sent_by', sa.Integer(), nullable=False),
        sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('people', sa.Integer(), nullable=False),
        sa.Column('in_quiet', sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name='fk_emergency_message_zone_id'),
        sa.ForeignKeyConstraint(['sent_by'], ['account.id'], name='fk_emergency_message_sent_by'),
        sa.PrimaryKeyConstraint('id', name='pk_emergency_message'),
    )
    op.create_index('ix_emergency_message_zone_id', 'emergency_message', ['zone_id'])
    with op.batch_alter_table('plan') as batch:
        for column in PLAN:
            batch.add_column(column())
        for name in ('share_wanted_by', 'share_agreed_by'):
            batch.create_foreign_key(f'fk_plan_{name}', 'account', [name], ['id'])
    _prompts(lambda batch: batch.add_column(sa.Column('emergency_id', sa.Integer(), nullable=False, server_default='0')), BEFORE, AFTER)


def downgrade() -> None:
    op.execute("DELETE FROM prompt WHERE kind = 'emergency'")
    _prompts(lambda batch: batch.drop_column('emergency_id'), AFTER, BEFORE)
    with op.batch_alter_table('plan') as batch:
        for name in ('share_wanted_by', 'share_agreed_by'):
            batch.drop_constraint(f'fk_plan_{name}', type_='foreignkey')
        for column in PLAN:
            batch.drop_column(column().name)
    op.drop_table('emergency_message')
    op.drop_table('quiet_floor')
    op.drop_column('resident', 'agrees_to_faces')


def _prompts(change: Callable[[BatchOperations], None], before: str, after: str) -> None:
    """Change messages and what is unique of them. Indexes that leave out what is empty are made anew: SQLite builds the table anew."""
    for column in FILLED:
        op.drop_index(f'ix_prompt_{column}', 'prompt')
    with op.batch_alter_table('prompt') as batch:
        batch.drop_constraint(before, type_='unique')
        change(batch)
        columns = [*ONE_MESSAGE, 'emergency_id'] if after == AFTER else list(ONE_MESSAGE)
        batch.create_unique_constraint(after, columns)
    for column in FILLED:
        filled = sa.text(f'{column} IS NOT NULL')
        op.create_index(f'ix_prompt_{column}', 'prompt', [column], sqlite_where=filled, postgresql_where=filled)
