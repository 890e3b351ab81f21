"""Finds people by beginnings of the words of their names, in any order: an index that each database keeps by itself.

On SQLite it is a table of FTS5 beside `resident`, kept by triggers; on PostgreSQL an index of words. Whoever makes `resident` anew on
SQLite loses the triggers with the old table: `make_name_index` is called after each migration and makes what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Select, Text, column, func, literal, literal_column, select, table, text
from sqlalchemy.orm import Session

from monitor.models.people.residents import Resident

PREFIX = "name_index"
"""Of the tables and indexes here, which no model knows."""
_TRIGGERS = {
    "added": ("INSERT", "", "new"),
    "removed": ("DELETE", "old", ""),
    "changed": ("UPDATE OF name_folded", "old", "new"),
}


def make_name_index(connection: Connection) -> None:
    """Make what is missing of the index, and fill it. Costs nothing where all is there."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            text(f"CREATE INDEX IF NOT EXISTS {PREFIX}_words ON resident USING gin (to_tsvector('simple', name_folded))")
        )
        return
    there = set(
        connection.scalars(text(f"SELECT name FROM sqlite_master WHERE name GLOB '{PREFIX}*'"))  # noqa: S608 - our own word
    )
    wanted = {PREFIX} | {f"{PREFIX}_{name}" for name in _TRIGGERS}
    if wanted <= there:
        return
    connection.execute(
        text(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {PREFIX} USING fts5"
            "(name_folded, content='resident', content_rowid='id', prefix='1 2 3', detail=none)"
        )
    )
    for name, (when, gone, come) in _TRIGGERS.items():
        steps = ""
        if gone:
            steps += f"INSERT INTO {PREFIX}({PREFIX}, rowid, name_folded) VALUES ('delete', old.id, old.name_folded);"  # noqa: S608
        if come:
            steps += f"INSERT INTO {PREFIX}(rowid, name_folded) VALUES (new.id, new.name_folded);"  # noqa: S608
        connection.execute(text(f"CREATE TRIGGER IF NOT EXISTS {PREFIX}_{name} AFTER {when} ON resident BEGIN {steps} END"))
    connection.execute(text(f"INSERT INTO {PREFIX}({PREFIX}) VALUES ('rebuild')"))  # noqa: S608


def drop_name_index(connection: Connection) -> None:
    """Take it away, as a migration back does."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"DROP INDEX IF EXISTS {PREFIX}_words"))
        return
    for name in _TRIGGERS:
        connection.execute(text(f"DROP TRIGGER IF EXISTS {PREFIX}_{name}"))
    connection.execute(text(f"DROP TABLE IF EXISTS {PREFIX}"))


def named(session: Session, words: Sequence[str]) -> Select[int]:
    """Numbers of the residents whose names have a word beginning with each of these. words: plain small letters and digits, at least one."""
    if session.get_bind().dialect.name == "postgresql":
        query = func.to_tsquery(literal_column("'simple'"), " & ".join(f"{word}:*" for word in words))
        return select(Resident.id).where(func.to_tsvector(literal_column("'simple'"), Resident.name_folded).op("@@")(query))
    index = table(PREFIX, column("rowid"))
    matching = literal_column(PREFIX, Text()).op("MATCH")(literal(" ".join(f'"{word}"*' for word in words)))
    return select(index.c.rowid).where(matching)
