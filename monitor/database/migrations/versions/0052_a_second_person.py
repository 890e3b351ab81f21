"""What has legal effect for a person is proposed by one of staff and takes effect by the word of a second."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0052'
down_revision = '0051'
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    word = {'native_enum': False, 'create_constraint': False, 'length': 32}
    deed = sa.Enum('breach', 'police', 'extension', 'identification', name='legaldeed', **word)
    state = sa.Enum('waiting', 'confirmed', 'declined', 'withdrawn', 'expired', name='proposalstate', **word)
    op.create_table(
        'proposal',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('deed', deed, nullable=False),
        sa.Column('zone_id', sa.Integer(), nullable=False),
        sa.Column('resident_id', sa.Integer(), nullable=False),
        sa.Column('about', sa.String(64), nullable=False),
        sa.Column('details', sa.JSON(), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.Column('legal_basis', sa.String(300), nullable=False),
        sa.Column('state', state, nullable=False),
        sa.Column('proposed_by', sa.Integer(), nullable=False),
        sa.Column('proposed_at', moment, nullable=False),
        sa.Column('expires_at', moment, nullable=False),
        sa.Column('decided_by', sa.Integer(), nullable=True),
        sa.Column('decided_at', moment, nullable=True),
        sa.Column('decision', sa.Text(), nullable=False),
        sa.Column('seen_at', moment, nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f'fk_proposal_{column}'))
            for column, target in (
                ('zone_id', 'zone.id'),
                ('resident_id', 'resident.id'),
                ('proposed_by', 'account.id'),
                ('decided_by', 'account.id'),
            )
        ),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_proposal')),
    )
    for column in ('resident_id', 'proposed_by', 'proposed_at', 'decided_by'):
        op.create_index(f'ix_proposal_{column}', 'proposal', [column])
    to_do = sa.text("state = 'waiting' OR (state = 'expired' AND seen_at IS NULL)")
    op.create_index('ix_proposal_to_do', 'proposal', ['zone_id'], sqlite_where=to_do, postgresql_where=to_do)
    waiting = sa.text("state = 'waiting'")
    columns = ['resident_id', 'deed', 'about']
    op.create_index('uq_proposal_waiting', 'proposal', columns, unique=True, sqlite_where=waiting, postgresql_where=waiting)


def downgrade() -> None:
    op.drop_table('proposal')
