"""Finds people by beginnings of the words of their names, in any order: an index that each database keeps by itself.

On SQLite it is a table of FTS5 beside `resident`, kept by triggers. On PostgreSQL it is an index of words, in which the beginnings of a word
stand as words of their own: asked for words that begin so, it would collect everybody who has one, which takes a thousand times as long as
to go along two lists of those who have both. Whoever makes `resident` anew on
SQLite loses the triggers with the old table: `make_name_index` is called after each migration and makes what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Select, Text, cast, column, func, literal, literal_column, select, table, text
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from monitor.models.people.residents import Resident

PREFIX = "name_index"
"""Of the tables and indexes here, which no model knows."""
_LONGEST = 6
"""Letters of the longest beginning that stands in the index beside the whole word; only few words are longer, nghiêng among them."""
_BEGINNINGS = f"{PREFIX}_beginnings"
_PARTS = ", ".join(f"left(word, {letters})" for letters in range(1, _LONGEST + 1))
_FUNCTION = (
    f"CREATE OR REPLACE FUNCTION {_BEGINNINGS}(name text) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE STRICT AS $$"
    " DECLARE word text; found text[] := '{}';"
    " BEGIN FOREACH word IN ARRAY string_to_array(name, ' ') LOOP"
    f" IF word <> '' THEN found := found || ARRAY[{_PARTS}, word]; END IF;"
    " END LOOP; RETURN array_to_tsvector(found); END $$"
)
_TRIGGERS = {
    "added": ("INSERT", "", "new"),
    "removed": ("DELETE", "old", ""),
    "changed": ("UPDATE OF name_folded", "old", "new"),
}


def make_name_index(connection: Connection) -> None:
    """Make what is missing of the index, and fill it. Costs nothing where all is there."""
    if connection.dialect.name == "postgresql":
        _make_on_postgresql(connection)
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


def _make_on_postgresql(connection: Connection) -> None:
    if connection.scalar(text(f"SELECT to_regclass('{_BEGINNINGS}') IS NULL")):
        connection.exec_driver_sql(_FUNCTION)
        connection.exec_driver_sql(f"CREATE INDEX {_BEGINNINGS} ON resident USING gin ({_BEGINNINGS}(name_folded))")
        # How common words are it else learns only when a tenth of all people have changed.
        connection.exec_driver_sql("ANALYZE resident")
    # Of words alone, before 0042.
    connection.exec_driver_sql(f"DROP INDEX IF EXISTS {PREFIX}_words")


def drop_name_index(connection: Connection) -> None:
    """Take it away, as a migration back does."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"DROP INDEX IF EXISTS {PREFIX}_words, {_BEGINNINGS}")
        connection.exec_driver_sql(f"DROP FUNCTION IF EXISTS {_BEGINNINGS}(text)")
        return
    for name in _TRIGGERS:
        connection.execute(text(f"DROP TRIGGER IF EXISTS {PREFIX}_{name}"))
    connection.execute(text(f"DROP TABLE IF EXISTS {PREFIX}"))


def named(session: Session, words: Sequence[str]) -> Select[int]:
    """Numbers of the residents whose names have a word beginning with each of these. words: plain small letters and digits, at least one."""
    if session.get_bind().dialect.name == "postgresql":
        return select(Resident.id).where(
            func.name_index_beginnings(Resident.name_folded).op("@@")(cast(literal(_asked(words), Text()), TSQUERY))
        )
    index = table(PREFIX, column("rowid"))
    matching = literal_column(PREFIX, Text()).op("MATCH")(literal(" ".join(f'"{word}"*' for word in words)))
    return select(index.c.rowid).where(matching)


def _asked(words: Sequence[str]) -> str:
    """As PostgreSQL is asked for words that begin so: for what stands in the index; a long one is told from others of its beginning."""
    parts = [f"'{word[:_LONGEST]}'" for word in words] + [f"'{word}':*" for word in words if len(word) > _LONGEST]
    return " & ".join(parts)
