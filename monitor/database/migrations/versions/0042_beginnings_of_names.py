"""Beginnings of words stand in PostgreSQL's index of names; on SQLite nothing changes."""

from __future__ import annotations

from alembic import op

from monitor.database.name_index import drop_name_index, make_name_index

revision = '0042'
down_revision = '0041'
branch_labels = None
depends_on = None


def upgrade() -> None:
    make_name_index(op.get_bind())


def downgrade() -> None:
    bind = op.get_bind()
    if bind.dialect.name == 'postgresql':
        drop_name_index(bind)
        op.execute("CREATE INDEX name_index_words ON resident USING gin (to_tsvector('simple', name_folded))")
