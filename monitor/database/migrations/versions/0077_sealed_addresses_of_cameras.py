"""Addresses of cameras and of their streams are encrypted: logins stand in paths and queries too. What was asked of cameras is forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from monitor.models.sealed_columns import CAMERA, cipher_of

revision = '0077'
down_revision = '0070'
branch_labels = None
depends_on = None

COLUMNS = (('camera', 'address', 300), ('media_profile', 'uri', 500))
ASKED = ('target', 'answer')


def upgrade() -> None:
    bind = op.get_bind()
    cipher = cipher_of(bind.dialect)
    for table, column, length in COLUMNS:
        if bind.dialect.name != 'sqlite':
            op.alter_column(table, column, type_=sa.Text(), existing_type=sa.String(length), existing_nullable=False)
        _change(table, column, lambda value: cipher.seal(CAMERA, value))
    _forget_requests()
    with op.batch_alter_table('camera_request') as batch:
        for column in ASKED:
            batch.alter_column(column, type_=sa.Text(), existing_type=sa.JSON(), existing_nullable=column == 'answer')
    camera = sa.table('camera', sa.column('id'), sa.column('offers', sa.JSON()))
    for row in bind.execute(sa.select(camera)).all():
        offers = row.offers if isinstance(row.offers, dict) else json.loads(row.offers or '{}')
        if offers.pop('snapshot_uri', None) is not None:
            bind.execute(sa.update(camera).where(camera.c.id == row.id).values(offers=offers))


def downgrade() -> None:
    bind = op.get_bind()
    cipher = cipher_of(bind.dialect)
    _forget_requests()
    with op.batch_alter_table('camera_request') as batch:
        for column in ASKED:
            using = None if bind.dialect.name == 'sqlite' else f'{column}::json'
            batch.alter_column(
                column, type_=sa.JSON(), existing_type=sa.Text(), existing_nullable=column == 'answer', postgresql_using=using
            )
    for table, column, length in COLUMNS:
        _change(table, column, lambda value: cipher.unseal(CAMERA, value))
        if bind.dialect.name != 'sqlite':
            op.alter_column(table, column, type_=sa.String(length), existing_type=sa.Text(), existing_nullable=False)


def _forget_requests() -> None:
    """They live for an hour; whoever waits for an answer asks again."""
    op.get_bind().execute(sa.delete(sa.table('camera_request')))


def _change(table: str, column: str, change: Callable[[str], str]) -> None:
    plain = sa.table(table, sa.column('id'), sa.column(column))
    bind = op.get_bind()
    for row in bind.execute(sa.select(plain).where(plain.c[column] != '')).all():
        bind.execute(sa.update(plain).where(plain.c.id == row.id).values({column: change(getattr(row, column))}))
