"""Texts of messages in people's own words, what messages cost, how fast they may leave, tokens of gateways."""

import sqlalchemy as sa
from alembic import op


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('message_text',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('without_accents', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['created_by'], ['account.id'], name=op.f('fk_message_text_created_by')),
    sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_message_text_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message_text'))
    )
    op.create_index('ix_message_text_zone_id_kind_language', 'message_text', ['zone_id', 'kind', 'language'])
    op.create_table('channel_pace',
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('free_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('channel', name=op.f('pk_channel_pace'))
    )
    op.create_table('channel_token',
    sa.Column('channel', sa.String(length=32), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.Column('begun_with', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('refreshing_until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('channel', name=op.f('pk_channel_token'))
    )
    if op.get_bind().dialect.name == 'sqlite':
        # Alembic would make the table anew.
        op.execute('ALTER TABLE prompt ADD COLUMN text_id INTEGER CONSTRAINT fk_prompt_text_id REFERENCES message_text (id)')
    else:
        op.add_column('prompt', sa.Column('text_id', sa.Integer(), nullable=True))
        op.create_foreign_key('fk_prompt_text_id', 'prompt', 'message_text', ['text_id'], ['id'])
    op.add_column('prompt', sa.Column('parts', sa.Integer(), nullable=True))
    op.add_column('prompt', sa.Column('cost', sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column('prompt', 'cost')
    op.drop_column('prompt', 'parts')
    if op.get_bind().dialect.name == 'sqlite':
        # SQLite drops no column that refers to something: the table is made anew.
        with op.batch_alter_table('prompt', recreate='always') as batch_op:
            batch_op.drop_column('text_id')
    else:
        op.drop_column('prompt', 'text_id')
    op.drop_table('channel_token')
    op.drop_table('channel_pace')
    op.drop_index('ix_message_text_zone_id_kind_language', 'message_text')
    op.drop_table('message_text')
