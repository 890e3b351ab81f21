"""Telephone numbers, addresses and places are encrypted; numbers of documents too, of which there were none.

Revision ID: 0011
Revises: 0010
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import sqlalchemy as sa
from alembic import op

from monitor.models.sealed_columns import ADDRESS, PHONE, PLACE, SealedJson, cipher_of

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | None = None
depends_on: str | None = None

COLUMNS = (
    ("household", "phone", PHONE, 32),
    ("resident", "phone", PHONE, 32),
    ("inbound_message", "sender", PHONE, 32),
    ("inbound_part", "sender", PHONE, 32),
    ("text_stop", "number", PHONE, 32),
    ("prompt", "address", PHONE, 32),
    ("contact_address", "address", ADDRESS, None),
)
MOST = 1000


def upgrade() -> None:
    bind = op.get_bind()
    cipher = cipher_of(bind.dialect)
    for table, column, purpose, short in COLUMNS:
        if short and bind.dialect.name != "sqlite":
            op.alter_column(table, column, type_=sa.Text(), existing_nullable=False)
        _change(bind, table, column, partial(cipher.seal, purpose))
    op.add_column("resident", sa.Column("document_number", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_resident_document_number", "resident", ["document_number"])
    op.add_column("answer", sa.Column("fix", sa.Text(), nullable=True))
    answer = sa.table(
        "answer", *(sa.column(each) for each in ("id", "latitude", "longitude", "accuracy_metres")), sa.column("fix", SealedJson(PLACE))
    )
    told = sa.select(answer).where(answer.c.latitude.is_not(None), answer.c.longitude.is_not(None))
    for rows in _batches(bind, told, answer.c.id):
        bind.execute(
            sa.update(answer).where(answer.c.id == sa.bindparam("row")).values(fix=sa.bindparam("place")),
            [{"row": row.id, "place": [row.latitude, row.longitude, row.accuracy_metres or 0.0]} for row in rows],
        )
    for column in ("latitude", "longitude", "accuracy_metres"):
        op.drop_column("answer", column)


def downgrade() -> None:
    bind = op.get_bind()
    cipher = cipher_of(bind.dialect)
    for column in ("latitude", "longitude", "accuracy_metres"):
        op.add_column("answer", sa.Column(column, sa.Float(), nullable=True))
    answer = sa.table(
        "answer", *(sa.column(each) for each in ("id", "latitude", "longitude", "accuracy_metres")), sa.column("fix", SealedJson(PLACE))
    )
    for rows in _batches(bind, sa.select(answer).where(answer.c.fix.is_not(None)), answer.c.id):
        names = ("latitude", "longitude", "accuracy_metres")
        bind.execute(
            sa.update(answer)
            .where(answer.c.id == sa.bindparam("row"))
            .values({name: sa.bindparam(f"new_{name}") for name in names}),
            [{"row": row.id} | {f"new_{name}": value for name, value in zip(names, row.fix, strict=True)} for row in rows],
        )
    op.drop_column("answer", "fix")
    op.drop_index("ix_resident_document_number", table_name="resident")
    op.drop_column("resident", "document_number")
    for table, column, purpose, short in COLUMNS:
        _change(bind, table, column, partial(cipher.unseal, purpose))
        if short and bind.dialect.name != "sqlite":
            op.alter_column(table, column, type_=sa.String(length=short), existing_nullable=False)


def _change(bind: sa.Connection, table: str, column: str, change: Callable[[str], str]) -> None:
    plain = sa.table(table, sa.column("id"), sa.column(column))
    for rows in _batches(bind, sa.select(plain).where(plain.c[column] != ""), plain.c.id):
        bind.execute(
            sa.update(plain).where(plain.c.id == sa.bindparam("row")).values({column: sa.bindparam("new")}),
            [{"row": row.id, "new": change(getattr(row, column))} for row in rows],
        )


def _batches(bind: sa.Connection, statement: sa.Select[tuple[object]], key: sa.ColumnElement[int]) -> Iterator[list[sa.Row[tuple[object]]]]:
    last = 0
    while rows := bind.execute(statement.where(key > last).order_by(key).limit(MOST)).all():
        yield list(rows)
        last = rows[-1].id
