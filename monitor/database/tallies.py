"""What pages count of rows that are many: kept by each database itself, whoever writes, so that nobody who reads counts them.

How many check-ins of a round are in each state, how many people of a zone are believed to be there, how many messages of an hour went
which way. Triggers keep each tally as a sum by its keys. On PostgreSQL a writer only adds a row that says how much came or went, since two
writers who changed one sum would wait for each other until their transactions end; `fold` puts these rows together now and then. On SQLite,
where one writes at a time, the sum itself is changed. Whoever reads adds up what there is.

SQLite loses triggers with a table that a migration makes anew, and renames no table that a trigger of another one names: they are dropped
before migrations and made after them, with all sums counted anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Index, Integer, MetaData, PrimaryKeyConstraint, String, Table, text
from sqlalchemy.orm import Session
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from monitor.database.people_index import PREFIX as PEOPLE
from monitor.models.base import UtcDateTime

PREFIX = "tally"
"""Of the tables, their indexes and their triggers, which no model knows."""


def _table(name: str, *columns: Column[Any]) -> Table:
    return Table(f"{PREFIX}_{name}", MetaData(), *columns, Column("folded", Boolean, nullable=False))


def _key(name: str, kind: TypeEngine[Any]) -> Column[Any]:
    return Column(name, kind, nullable=False)


def _sum(name: str) -> Column[Any]:
    return Column(name, Integer, nullable=False, info={"sum": True})


OF_ROUNDS = _table("round", _key("roll_call_id", Integer()), _key("state", String(32)), _sum("people"))
"""Check-ins of each round by their state."""
OF_PRESENCE = _table("presence", _key("zone_id", Integer()), _key("state", String(32)), _sum("people"))
"""People with an active order by zone and by what is believed of them, whatever the time: see `monitor/presence/counted.py`."""
OF_MESSAGES = _table(
    "message",
    _key("zone_id", Integer()),
    _key("hour", UtcDateTime()),
    _key("plan_id", Integer()),
    _key("channel", String(32)),
    _key("state", String(32)),
    _sum("messages"),
    _sum("parts"),
    _sum("cost"),
)
"""Messages by the hour in which they left, and then by the schedule that asked; of those that have not left by that in which they were
made, with schedule 0."""


@dataclass(frozen=True)
class _Tally:
    """source: whose rows are counted. said: column -> what it says of a row {row}, in the words of each database. watched: the columns by
    which it follows. counted: which rows, or all. one_by_one: rows come singly, so that PostgreSQL need not look at whole statements."""

    table: Table
    source: str
    said: Mapping[str, str | Mapping[str, str]]
    watched: str
    counted: str = ""
    one_by_one: bool = False


_LEFT = "coalesce({row}.sent_at, CASE WHEN {row}.state IN ('queued', 'uncertain') THEN {row}.handed_at END)"
"""As `rollcall/prompts/left.py` has it."""
_MOMENT = f"coalesce({_LEFT}, {{row}}.created_at)"
_PLAN = "(SELECT roll_call.plan_id FROM check_in JOIN roll_call ON roll_call.id = check_in.roll_call_id WHERE check_in.id = {row}.check_in_id)"
_TALLIES = (
    _Tally(OF_ROUNDS, "check_in", {"roll_call_id": "{row}.roll_call_id", "state": "{row}.state", "people": "1"}, "state"),
    _Tally(
        OF_PRESENCE,
        PEOPLE,
        {"zone_id": "{row}.zone_id", "state": "coalesce({row}.presence, 'unknown')", "people": "1"},
        "zone_id, begins_at, presence",
        counted="{row}.begins_at IS NOT NULL",
        one_by_one=True,
    ),
    _Tally(
        OF_MESSAGES,
        "prompt",
        {
            "zone_id": "{row}.zone_id",
            "hour": {
                "sqlite": f"substr({_MOMENT}, 1, 13) || ':00:00.000000'",
                "postgresql": f"date_trunc('hour', {_MOMENT}, 'UTC')",
            },
            "plan_id": f"CASE WHEN {_LEFT} IS NULL THEN 0 ELSE {_PLAN} END",
            "channel": "{row}.channel",
            "state": "{row}.state",
            "messages": "1",
            "parts": "coalesce({row}.parts, 1)",
            "cost": "coalesce({row}.cost, 0)",
        },
        "zone_id, state, sent_at, handed_at, parts, cost, check_in_id",
    ),
)


def make_tallies(connection: Connection) -> None:
    """Make the tallies and count all, where a trigger is missing or made by other words. Costs nothing where all is there."""
    kind = connection.dialect.name
    wanted = dict(_triggers(kind))
    if set(_there(connection)) == wanted.keys():
        return
    drop_tallies(connection)
    for each in _TALLIES:
        _made(each, kind).metadata.create_all(connection)
    for statement in wanted.values():
        connection.exec_driver_sql(statement)
    for each in _TALLIES:
        rows = f"SELECT {_values(each, kind, each.source, 1)} FROM {each.source}{_only(each, each.source)}"  # noqa: S608
        connection.exec_driver_sql(_added(each, rows, folded="true"))


def drop_triggers(connection: Connection) -> None:
    """Take the triggers away: what is written from here on is not counted until `make_tallies`."""
    for name, table in _there(connection).items():
        of_table = f" ON {table}" if connection.dialect.name == "postgresql" else ""
        connection.exec_driver_sql(f"DROP TRIGGER {name}{of_table}")


def drop_tallies(connection: Connection) -> None:
    """Take them away, as a migration back does."""
    drop_triggers(connection)
    for each in _TALLIES:
        each.table.metadata.drop_all(connection)


def _made(each: _Tally, kind: str) -> Table:
    """The table as a database keeps it: on SQLite nothing but its sums by their keys; on PostgreSQL also what was added since."""
    keys, metadata = _columns(each, sums=False), MetaData()
    columns: list[SchemaItem] = [Column(one.name, one.type, nullable=False, autoincrement=False) for one in each.table.c]
    if kind == "sqlite":
        return Table(each.table.name, metadata, *columns, PrimaryKeyConstraint(*keys), sqlite_with_rowid=False)
    sums = Index(f"{each.table.name}_sums", *keys, unique=True, postgresql_where=text("folded"))
    added = Index(f"{each.table.name}_added", *keys, postgresql_where=text("NOT folded"))
    return Table(each.table.name, metadata, *columns, sums, added)


def fold(session: Session) -> int:
    """Put together what writers added, in the caller's write transaction; returns how many rows became sums. Only PostgreSQL has such."""
    if session.get_bind().dialect.name == "sqlite":
        return 0
    folded = 0
    for each in _TALLIES:
        table, keys, sums = each.table.name, _columns(each, sums=False), _columns(each, sums=True)
        added = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in sums)
        summed = ", ".join([*keys, *(f"sum({name})" for name in sums)])
        done = session.execute(
            text(
                f"WITH gone AS (DELETE FROM {table} WHERE NOT folded RETURNING {_names(each)})"  # noqa: S608 - our own words
                f" INSERT INTO {table} ({_names(each)}, folded) SELECT {summed}, true FROM gone GROUP BY {', '.join(keys)} ORDER BY {', '.join(keys)}"
                f" ON CONFLICT ({', '.join(keys)}) WHERE folded DO UPDATE SET {added}"
            )
        )
        folded += done.rowcount  # type: ignore[attr-defined]
    return folded


def _columns(each: _Tally, *, sums: bool) -> list[str]:
    return [column.name for column in each.table.c if column.name != "folded" and bool(column.info.get("sum")) is sums]


def _names(each: _Tally) -> str:
    return ", ".join([*_columns(each, sums=False), *_columns(each, sums=True)])


def _values(each: _Tally, kind: str, row: str, sign: int) -> str:
    """What the columns say of a row, named after them. sign: 1 for rows that came, -1 for rows that went."""
    values = []
    for name in [*_columns(each, sums=False), *_columns(each, sums=True)]:
        said = each.said[name]
        value = (said if isinstance(said, str) else said[kind]).replace("{row}", row)
        values.append(f"{'-' if sign < 0 and name in _columns(each, sums=True) else ''}{value} AS {name}")
    return ", ".join(values)


def _only(each: _Tally, row: str) -> str:
    return f" WHERE {each.counted.replace('{row}', row)}" if each.counted else ""


def _added(each: _Tally, rows: str, *, folded: str) -> str:
    """A statement that adds rows, summed by their keys; what comes to nothing is left out."""
    keys, sums = _columns(each, sums=False), _columns(each, sums=True)
    summed, nothing = ", ".join(f"sum({name})" for name in sums), " OR ".join(f"sum({name}) <> 0" for name in sums)
    return (
        f"INSERT INTO {each.table.name} ({_names(each)}, folded)"  # noqa: S608
        f" SELECT {', '.join(keys)}, {summed}, {folded} FROM ({rows}) AS counted GROUP BY {', '.join(keys)} HAVING {nothing}"
    )


def _triggers(kind: str) -> Iterator[tuple[str, str]]:
    """Their names, in which a digest of the words stands, and the statements that make them."""
    for each in _TALLIES:
        for event, signs in (("INSERT", (("new", 1),)), ("UPDATE", (("old", -1), ("new", 1))), ("DELETE", (("old", -1),))):
            if kind == "sqlite":
                statement = _on_sqlite(each, event, signs)
            elif each.one_by_one:
                statement = _one_by_one(each, event, signs)
            else:
                statement = _whole_statements(each, event, signs)
            digest = hashlib.sha256(statement.encode()).hexdigest()[:12]
            name = f"{each.table.name}_{event.lower()}_{digest}"
            yield name, statement.replace("{name}", name)


Signs = tuple[tuple[str, int], ...]


def _moved(each: _Tally) -> str:
    """A condition on a change: something that the tally follows is other than before."""
    return " OR ".join(f"old.{name} IS DISTINCT FROM new.{name}" for name in each.watched.split(", "))


def _on_sqlite(each: _Tally, event: str, signs: Signs) -> str:
    keys = ", ".join(_columns(each, sums=False))
    added = ", ".join(f"{name} = {name} + excluded.{name}" for name in _columns(each, sums=True))
    does = " ".join(
        f"INSERT INTO {each.table.name} ({_names(each)}, folded) SELECT {_values(each, 'sqlite', row, sign)}, 1"
        f" WHERE {each.counted.replace('{row}', row) or 'true'} ON CONFLICT ({keys}) DO UPDATE SET {added};"
        for row, sign in signs
    )
    what, when = (f"UPDATE OF {each.watched}", f" WHEN {_moved(each)}") if event == "UPDATE" else (event, "")
    return f"CREATE TRIGGER {{name}} AFTER {what} ON {each.source}{when} BEGIN {does} END"


def _one_by_one(each: _Tally, event: str, signs: Signs) -> str:
    does = " ".join(
        f"INSERT INTO {each.table.name} ({_names(each)}, folded) SELECT {_values(each, 'postgresql', row, sign)}, false{_only(each, row)};"
        for row, sign in signs
    )
    what, when = (f"UPDATE OF {each.watched}", f" WHEN ({_moved(each)})") if event == "UPDATE" else (event, "")
    function = f"{each.table.name}_{event.lower()}"
    return (
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does} RETURN NULL; END $$;"
        f" CREATE TRIGGER {{name}} AFTER {what} ON {each.source} FOR EACH ROW{when} EXECUTE FUNCTION {function}()"
    )


def _whole_statements(each: _Tally, event: str, signs: Signs) -> str:
    parts = [f"SELECT {_values(each, 'postgresql', f'{row}_rows', sign)} FROM {row}_rows" for row, sign in signs]  # noqa: S608
    does = _added(each, " UNION ALL ".join(parts), folded="false") + ";"
    tables = " ".join(f"{row.upper()} TABLE AS {row}_rows" for row, _sign in signs)
    function = f"{each.table.name}_{event.lower()}"
    return (
        f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {does} RETURN NULL; END $$;"
        f" CREATE TRIGGER {{name}} AFTER {event} ON {each.source} REFERENCING {tables} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
    )


def _there(connection: Connection) -> dict[str, str]:
    """The triggers that there are, each with its table."""
    of_us = {
        "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name GLOB :ours || '_*'",
        "postgresql": "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE starts_with(t.tgname, :ours || '_') AND pg_table_is_visible(c.oid)",
    }
    found = connection.execute(text(of_us[connection.dialect.name]), {"ours": PREFIX})
    return {name: table for name, table in found}  # noqa: C416 - a row is no pair for mypy
