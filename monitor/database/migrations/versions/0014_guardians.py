"""Guardians: who answers for a child, with a telephone of their own and their consent; and which of them gave an answer."""

import sqlalchemy as sa
from alembic import op


revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'guardian',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('resident_id', sa.Integer(), nullable=False),
        sa.Column('kin_id', sa.Integer(), nullable=True),
        sa.Column('full_name', sa.String(length=120), nullable=False),
        sa.Column('relation', sa.String(length=32), nullable=False),
        sa.Column('phone', sa.Text(), nullable=False),
        sa.Column('consented_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('consent_way', sa.String(length=32), nullable=True),
        sa.Column('consent_version', sa.String(length=16), nullable=False),
        sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('set_by', sa.Integer(), nullable=True),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name='fk_guardian_zone_id'),
        sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], name='fk_guardian_resident_id'),
        sa.ForeignKeyConstraint(['kin_id'], ['resident.id'], name='fk_guardian_kin_id'),
        sa.ForeignKeyConstraint(['set_by'], ['account.id'], name='fk_guardian_set_by'),
        sa.PrimaryKeyConstraint('id', name='pk_guardian'),
    )
    for column in ('zone_id', 'resident_id', 'kin_id', 'phone'):
        op.create_index(f'ix_guardian_{column}', 'guardian', [column])
    op.create_index(
        'uq_guardian_in_force',
        'guardian',
        ['resident_id'],
        unique=True,
        sqlite_where=sa.text('ended_at IS NULL'),
        postgresql_where=sa.text('ended_at IS NULL'),
    )
    if op.get_bind().dialect.name == 'sqlite':
        # Alembic would make the table anew, and rows of other tables refer to it.
        op.execute(
            'ALTER TABLE answer ADD COLUMN guardian_id INTEGER CONSTRAINT fk_answer_guardian_id REFERENCES guardian (id)'
        )
    else:
        op.add_column('answer', sa.Column('guardian_id', sa.Integer(), nullable=True))
        op.create_foreign_key('fk_answer_guardian_id', 'answer', 'guardian', ['guardian_id'], ['id'])


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        # SQLite drops no column that refers to something: the table is made anew.
        with op.batch_alter_table('answer', recreate='always') as batch_op:
            batch_op.drop_column('guardian_id')
    else:
        op.drop_column('answer', 'guardian_id')
    op.drop_table('guardian')
