"""Head movements: their frames, how they were judged, and who cannot make them."""

import sqlalchemy as sa
from alembic import op


revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        # Alembic would make the table anew, and rows of other tables refer to it.
        op.execute('ALTER TABLE answer ADD COLUMN burst_id INTEGER CONSTRAINT fk_answer_burst_id REFERENCES media (id)')
    else:
        op.add_column('answer', sa.Column('burst_id', sa.Integer(), nullable=True))
        op.create_foreign_key('fk_answer_burst_id', 'answer', 'media', ['burst_id'], ['id'])
    op.create_index('ix_answer_burst_id', 'answer', ['burst_id'])
    op.add_column('plan', sa.Column('face_enough', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('resident', sa.Column('holds_still', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('verification', sa.Column('movements', sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column('verification', 'movements')
    op.drop_column('resident', 'holds_still')
    op.drop_column('plan', 'face_enough')
    op.drop_index('ix_answer_burst_id', 'answer')
    if op.get_bind().dialect.name == 'sqlite':
        # SQLite drops no column that refers to something: the table is made anew.
        with op.batch_alter_table('answer', recreate='always') as batch_op:
            batch_op.drop_column('burst_id')
    else:
        op.drop_column('answer', 'burst_id')
