"""Answers that staff enter: who walked through a ward and saw whom."""

import sqlalchemy as sa
from alembic import op


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        # Alembic would make the table anew, and rows of other tables refer to it.
        op.execute(
            'ALTER TABLE answer ADD COLUMN entered_by INTEGER CONSTRAINT fk_answer_entered_by REFERENCES account (id)'
        )
    else:
        op.add_column('answer', sa.Column('entered_by', sa.Integer(), nullable=True))
        op.create_foreign_key('fk_answer_entered_by', 'answer', 'account', ['entered_by'], ['id'])


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        # SQLite drops no column that refers to something: the table is made anew.
        with op.batch_alter_table('answer', recreate='always') as batch_op:
            batch_op.drop_column('entered_by')
    else:
        op.drop_column('answer', 'entered_by')
