"""What time is believed on each machine, and when its clock jumped."""

import sqlalchemy as sa
from alembic import op


revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        'machine_time',
        sa.Column('boot', sa.String(length=64), nullable=False),
        sa.Column('host', sa.String(length=64), nullable=False),
        sa.Column('epoch', sa.Double(), nullable=False),
        sa.Column('guessed', sa.Boolean(), nullable=False),
        sa.Column('kept_at', moment, nullable=False),
        sa.PrimaryKeyConstraint('boot', name=op.f('pk_machine_time')),
    )
    op.create_table(
        'clock_jump',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=32), nullable=False),
        sa.Column('boot', sa.String(length=64), nullable=False),
        sa.Column('host', sa.String(length=64), nullable=False),
        sa.Column('seconds', sa.Double(), nullable=False),
        sa.Column('noticed_at', moment, nullable=False),
        sa.Column('seen_at', moment, nullable=False),
        sa.Column('ended_at', moment, nullable=True),
        sa.Column('went_over_at', moment, nullable=True),
        sa.Column('told_at', moment, nullable=True),
        sa.Column('decision', sa.String(length=32), nullable=True),
        sa.Column('confirmed_at', moment, nullable=True),
        sa.Column('confirmed_by', sa.Integer(), nullable=True),
        sa.Column('written_from', sa.JSON(), nullable=False),
        sa.Column('written_to', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['confirmed_by'], ['account.id'], name=op.f('fk_clock_jump_confirmed_by')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_jump')),
    )
    lasting = sa.text('ended_at IS NULL')
    op.create_index(
        'uq_clock_jump_lasting', 'clock_jump', ['boot'], unique=True, sqlite_where=lasting, postgresql_where=lasting
    )


def downgrade() -> None:
    op.drop_table('clock_jump')
    op.drop_table('machine_time')
