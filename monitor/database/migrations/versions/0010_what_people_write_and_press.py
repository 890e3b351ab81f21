"""What people write and press: texts and keys that came in, parts of long ones, numbers without texts, people without smartphones."""

import sqlalchemy as sa
from alembic import op


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('inbound_message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(length=16), nullable=False),
    sa.Column('gateway_reference', sa.String(length=160), nullable=False),
    sa.Column('sender', sa.String(length=32), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('said_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('acknowledged', sa.Boolean(), nullable=False),
    sa.Column('next_attempt_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('meaning', sa.String(length=32), nullable=True),
    sa.Column('resident_id', sa.Integer(), nullable=True),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('outcome', sa.JSON(), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seen_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name=op.f('fk_inbound_message_resident_id')),
    sa.ForeignKeyConstraint(['seen_by'], ['account.id'], name=op.f('fk_inbound_message_seen_by')),
    sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_inbound_message_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbound_message')),
    sa.UniqueConstraint('channel', 'gateway_reference', name=op.f('uq_inbound_message_channel_gateway_reference'))
    )
    op.create_index('ix_inbound_message_resident_id', 'inbound_message', ['resident_id'])
    op.create_index('ix_inbound_message_zone_id', 'inbound_message', ['zone_id'])
    op.create_index('ix_inbound_message_sender_received_at', 'inbound_message', ['sender', 'received_at'])
    for name, column, where in (
        ('ix_inbound_message_next_attempt_at', 'next_attempt_at', sa.text('next_attempt_at IS NOT NULL')),
        ('ix_inbound_message_unmatched', 'received_at', sa.text('resident_id IS NULL')),
    ):
        op.create_index(name, 'inbound_message', [column], sqlite_where=where, postgresql_where=where)
    op.create_table('inbound_part',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sender', sa.String(length=32), nullable=False),
    sa.Column('reference', sa.String(length=16), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('coding', sa.Integer(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('joined', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbound_part')),
    sa.UniqueConstraint('sender', 'reference', 'total', 'number', 'digest',
        name=op.f('uq_inbound_part_sender_reference_total_number_digest'))
    )
    op.create_index('ix_inbound_part_received_at', 'inbound_part', ['received_at'])
    op.create_table('text_stop',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('stopped_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_text_stop'))
    )
    where = sa.text('ended_at IS NULL')
    op.create_index('uq_text_stop_number_in_force', 'text_stop', ['number'], unique=True, sqlite_where=where, postgresql_where=where)
    op.create_index('ix_resident_phone', 'resident', ['phone'])
    op.create_index('ix_household_phone', 'household', ['phone'])
    op.add_column('resident', sa.Column('without_smartphone', sa.Boolean(), nullable=False, server_default='0'))
    op.add_column('plan', sa.Column('evidence_by_text', sa.String(length=32), nullable=False, server_default='acknowledged'))
    op.add_column('prompt', sa.Column('address', sa.String(length=32), nullable=False, server_default=''))
    op.add_column('answer', sa.Column('channel', sa.String(length=16), nullable=False, server_default='web'))


def downgrade() -> None:
    op.drop_column('answer', 'channel')
    # Nobody before knew of replies.
    op.execute("DELETE FROM prompt WHERE kind LIKE 'reply%'")
    op.drop_column('prompt', 'address')
    op.drop_column('plan', 'evidence_by_text')
    op.drop_column('resident', 'without_smartphone')
    op.drop_index('ix_household_phone', 'household')
    op.drop_index('ix_resident_phone', 'resident')
    op.drop_table('text_stop')
    op.drop_table('inbound_part')
    op.drop_table('inbound_message')
