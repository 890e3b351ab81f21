"""What everybody is listed, searched and filtered by."""

from __future__ import annotations

from contextlib import suppress

import sqlalchemy as sa
from alembic import op

from monitor.database.name_index import drop_name_index, make_name_index
from monitor.models.people.residents import tail_of
from monitor.models.sealed_columns import DOCUMENT, PHONE, TAIL, SealedValueProblem, cipher_of

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

MOST = 2000
TAILS = (
    ('resident', 'phone_tail', 'phone', PHONE),
    ('resident', 'document_tail', 'document_number', DOCUMENT),
    ('household', 'phone_tail', 'phone', PHONE),
)
RISKS = ('long_illness', 'pregnant', 'lives_alone')


def upgrade() -> None:
    bind = op.get_bind()
    for table, tail, number, purpose in TAILS:
        op.add_column(table, sa.Column(tail, sa.Text(), nullable=False, server_default=''))
        _fill(bind, table, tail, number, purpose)
        op.create_index(f'ix_{table}_{tail}', table, [tail])
    op.create_index('ix_resident_birth_date', 'resident', ['birth_date'])
    op.create_index('ix_resident_unit_code', 'resident', ['unit_code'])
    filled = sa.text('f_status IS NOT NULL')
    op.create_index('ix_resident_f_status', 'resident', ['f_status'], sqlite_where=filled, postgresql_where=filled)
    for risk in RISKS:
        op.create_index(f'ix_resident_{risk}', 'resident', ['id'], sqlite_where=sa.text(risk), postgresql_where=sa.text(risk))
    op.drop_index('ix_quarantine_order_resident_id', table_name='quarantine_order')
    op.create_index(
        'ix_quarantine_order_resident_id_state_ends_at', 'quarantine_order', ['resident_id', 'state', 'ends_at']
    )
    op.create_index('ix_quarantine_order_state_ends_at', 'quarantine_order', ['state', 'ends_at'])
    op.create_index('ix_presence_state_since', 'presence', ['state', 'since'])
    op.drop_index('ix_answer_resident_id', table_name='answer')
    op.create_index('ix_answer_resident_id_received_at', 'answer', ['resident_id', 'received_at'])
    make_name_index(bind)


def _fill(bind: sa.Connection, table: str, tail: str, number: str, purpose: str) -> None:
    cipher = cipher_of(bind.dialect)
    plain = sa.table(table, sa.column('id'), sa.column(tail), sa.column(number))
    change = sa.update(plain).where(plain.c.id == sa.bindparam('row')).values({tail: sa.bindparam('new')})
    last = 0
    numbers = sa.select(plain.c.id, plain.c[number].label('number')).where(plain.c[number] != '').order_by(plain.c.id).limit(MOST)
    while rows := bind.execute(numbers.where(plain.c.id > last)).all():
        tails = []
        for row in rows:
            # A number that cannot be read stops nobody else's; it is told of where it is used.
            with suppress(SealedValueProblem):
                tails.append({'row': row.id, 'new': cipher.seal(TAIL, tail_of(cipher.unseal(purpose, row.number)))})
        if tails:
            bind.execute(change, tails)
        last = rows[-1].id


def downgrade() -> None:
    drop_name_index(op.get_bind())
    op.drop_index('ix_answer_resident_id_received_at', table_name='answer')
    op.create_index('ix_answer_resident_id', 'answer', ['resident_id'])
    op.drop_index('ix_presence_state_since', table_name='presence')
    op.drop_index('ix_quarantine_order_state_ends_at', table_name='quarantine_order')
    op.drop_index('ix_quarantine_order_resident_id_state_ends_at', table_name='quarantine_order')
    op.create_index('ix_quarantine_order_resident_id', 'quarantine_order', ['resident_id'])
    for name in (*RISKS, 'f_status', 'unit_code', 'birth_date'):
        op.drop_index(f'ix_resident_{name}', table_name='resident')
    for table, tail, _number, _purpose in TAILS:
        op.drop_index(f'ix_{table}_{tail}', table_name=table)
        op.drop_column(table, tail)
