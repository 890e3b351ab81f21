"""What the list of everybody is read by, one narrow row for each person, which each database keeps by itself.

Whether somebody still has a place, until when an order holds them and when they last answered follow from rows of other tables, of which
there are more every day: to find the few who have no order, or the few who have not answered, everybody would have to be looked at. Here
it stands beside the place in the list. Triggers keep it, so that it holds whoever writes: a screen, a file, a command or a test.

Only numbers and moments, and the keys that are sorted by, are kept here. Whoever is deleted has no row. SQLite loses triggers with a table
that a migration makes anew: `make_people_index` is called after each migration and makes all of it where anything is other than here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, Column, Connection, Index, Integer, MetaData, String, Table, text

from monitor.models.base import UtcDateTime
from monitor.models.people.residents import KEEPS_BED, OVER, OrderState, Resident

PREFIX = "people_index"
"""Of the table, its indexes and its triggers, which no model knows."""
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When somebody last answered who has not yet, and until when somebody was held whose orders all ended before their time."""

LISTED = Table(
    PREFIX,
    MetaData(),
    Column("resident_id", Integer, primary_key=True, autoincrement=False),
    Column("zone_id", Integer, nullable=False),
    Column("sort_key", Resident.sort_key.type, nullable=False),
    # As `monitor/people/placed.py` has it.
    Column("here", Boolean, nullable=False),
    # The latest end of their orders that were not ended before it; NULL: they never had an order.
    Column("held_until", UtcDateTime()),
    # Of the newest answer.
    Column("answered_at", UtcDateTime(), nullable=False),
    # When the first of their active orders begins; NULL: they have none. And what is believed of them, for the tally of both.
    Column("begins_at", UtcDateTime()),
    Column("presence", String(32)),
    # When the last of their orders ended or will, as `end_of_quarantine` of `monitor/personal_data/periods.py` has it; NULL: there is none.
    Column("over_at", UtcDateTime()),
)
_HERE, _GONE = {"sqlite": "here = 1", "postgresql": "here"}, {"sqlite": "here = 0", "postgresql": "NOT here"}


def _index(name: str, *columns: str, only: dict[str, str] | None = None) -> Index:
    rows: dict[str, Any] = {f"{kind}_where": text(condition) for kind, condition in (only or {}).items()}
    return Index(f"{PREFIX}_{name}", *(LISTED.c[each] for each in columns), **rows)


_index("name", "sort_key", "resident_id")
_index("zone_name", "zone_id", "sort_key", "resident_id")
_index("here_name", "sort_key", "resident_id", only=_HERE)
_index("here_zone_name", "zone_id", "sort_key", "resident_id", only=_HERE)
_index("here", "resident_id", only=_HERE)
_index("gone", "resident_id", only=_GONE)
_index("held", "held_until")
_index("begins", "begins_at")
_index("over", "over_at", "resident_id")
_index("answered", "answered_at", only=_HERE)
_index("zone_answered", "zone_id", "answered_at", only=_HERE)

_NEVER = {"sqlite": "'1970-01-01 00:00:00.000000'", "postgresql": "'1970-01-01 00:00:00+00'::timestamptz"}


def make_people_index(connection: Connection) -> None:
    """Make the index and fill it, where it is missing or made by other words. Costs nothing where all is there."""
    kind = connection.dialect.name
    wanted = dict(_triggers(kind))
    if set(_there(connection)) == wanted.keys():
        return
    drop_people_index(connection)
    LISTED.metadata.create_all(connection)
    for statement in wanted.values():
        connection.exec_driver_sql(statement)
    here, held, answered, begins, over = _said("resident.id", kind)
    believed = "(SELECT state FROM presence WHERE presence.resident_id = resident.id)"
    connection.exec_driver_sql(
        f"INSERT INTO {PREFIX} (resident_id, zone_id, sort_key, here, held_until, answered_at, begins_at, presence, over_at)"  # noqa: S608 - our own words
        f" SELECT id, zone_id, sort_key, {here}, {held}, {answered}, {begins}, {believed}, {over} FROM resident WHERE deleted_at IS NULL"
    )


def drop_people_index(connection: Connection) -> None:
    """Take it away, as a migration back does."""
    for name, table in _there(connection).items():
        of_table = f" ON {table}" if connection.dialect.name == "postgresql" else ""
        connection.exec_driver_sql(f"DROP TRIGGER {name}{of_table}")
    LISTED.metadata.drop_all(connection)


def _there(connection: Connection) -> dict[str, str]:
    """The triggers that there are, each with its table."""
    of_us = {
        "sqlite": "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND name GLOB :ours || '*'",
        "postgresql": "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE starts_with(t.tgname, :ours) AND pg_table_is_visible(c.oid)",
    }
    found = connection.execute(text(of_us[connection.dialect.name]), {"ours": PREFIX})
    return {name: table for name, table in found}  # noqa: C416 - a row is no pair for mypy


def _said(person: str, kind: str) -> tuple[str, str, str, str, str]:
    """Five expressions: what the columns say of a person, from the rows of the other tables. person: their number, in SQL."""
    orders = f"FROM quarantine_order WHERE quarantine_order.resident_id = {person}"
    keeps, over = (", ".join(f"'{state.value}'" for state in states) for states in (KEEPS_BED, OVER))
    here = f"(NOT EXISTS (SELECT 1 {orders}) OR EXISTS (SELECT 1 {orders} AND state IN ({keeps})))"
    latest = f"coalesce(max(CASE WHEN state NOT IN ({over}) THEN ends_at END), {_NEVER[kind]})"
    held = f"(SELECT CASE WHEN count(*) > 0 THEN {latest} END {orders})"
    newest = f"(SELECT max(received_at) FROM answer WHERE answer.resident_id = {person})"  # noqa: S608
    begins = f"(SELECT min(starts_at) {orders} AND state = '{OrderState.ACTIVE.value}')"
    early = f"CASE WHEN state IN ({over}) AND ended_at < ends_at THEN ended_at ELSE ends_at END"
    return here, held, f"coalesce({newest}, {_NEVER[kind]})", begins, f"(SELECT max({early}) {orders})"


def _triggers(kind: str) -> Iterator[tuple[str, str]]:
    """Their names, in which a digest of the words stands, and the statements that make them.

    A trigger names no table but its own and the index: SQLite renames no table that a trigger of another one names.
    """
    here, held, answered, begins, over = _said(f"{PREFIX}.resident_id", kind)
    theirs = "WHERE resident_id IN (new.resident_id, old.resident_id)"
    orders = f"UPDATE {PREFIX} SET here = {here}, held_until = {held}, begins_at = {begins}, over_at = {over} {theirs};"  # noqa: S608
    answers = f"UPDATE {PREFIX} SET answered_at = {answered} {theirs};"  # noqa: S608
    added = f"INSERT INTO {PREFIX} VALUES (new.id, new.zone_id, new.sort_key, true, NULL, {_NEVER[kind]}, NULL, NULL, NULL);"  # noqa: S608
    moved = f"UPDATE {PREFIX} SET zone_id = new.zone_id, sort_key = new.sort_key WHERE resident_id = new.id;"  # noqa: S608
    gone = f"DELETE FROM {PREFIX} WHERE resident_id = old.id;"  # noqa: S608
    believed = f"UPDATE {PREFIX} SET presence = new.state {theirs};"  # noqa: S608
    unknown = f"UPDATE {PREFIX} SET presence = NULL {theirs};"  # noqa: S608
    makers = {"sqlite": _on_sqlite, "postgresql": _on_postgresql}
    for name, table, event, when, does in (
        ("person_added", "resident", "INSERT", "new.deleted_at IS NULL", added),
        ("person_moved", "resident", "UPDATE OF zone_id, sort_key", "", moved),
        ("person_deleted", "resident", "UPDATE OF deleted_at", "new.deleted_at IS NOT NULL", gone),
        ("person_gone", "resident", "DELETE", "", gone),
        ("order_added", "quarantine_order", "INSERT", "", orders),
        ("order_changed", "quarantine_order", "UPDATE OF resident_id, state, starts_at, ends_at, ended_at", "", orders),
        ("order_gone", "quarantine_order", "DELETE", "", orders),
        ("answer_added", "answer", "INSERT", "", answers),
        ("answer_changed", "answer", "UPDATE OF resident_id, received_at", "", answers),
        ("answer_gone", "answer", "DELETE", "", answers),
        ("presence_added", "presence", "INSERT", "", believed),
        ("presence_changed", "presence", "UPDATE OF state", "", believed),
        ("presence_gone", "presence", "DELETE", "", unknown),
    ):
        statement = makers[kind](name, table, event, when, does)
        digest = hashlib.sha256(statement.encode()).hexdigest()[:12]
        yield f"{PREFIX}_{name}_{digest}", statement.replace("{digest}", digest)


def _on_sqlite(name: str, table: str, event: str, when: str, does: str) -> str:
    absent = {"INSERT": "old.resident_id", "DELETE": "new.resident_id"}.get(event)
    if absent:
        does = does.replace(absent, "NULL")
    condition = f" WHEN {when}" if when else ""
    return f"CREATE TRIGGER {PREFIX}_{name}_{{digest}} AFTER {event} ON {table}{condition} BEGIN {does} END"


def _on_postgresql(name: str, table: str, event: str, when: str, does: str) -> str:
    """Deferred to the end of the transaction: who gives an answer holds a check-in, whose order somebody may end in this moment.

    Each waits there for who has the person's row, and has nothing that the other waits for. A statement after the wait sees what the
    other has written.
    """
    held = f"PERFORM 1 FROM {PREFIX} WHERE resident_id IN (new.resident_id, old.resident_id) ORDER BY resident_id FOR UPDATE; "
    body = (held if "new.resident_id, old.resident_id" in does else "") + does
    condition = f" WHEN ({when})" if when else ""
    return (
        f"CREATE OR REPLACE FUNCTION {PREFIX}_{name}() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN {body} RETURN NULL; END $$;"
        f" CREATE CONSTRAINT TRIGGER {PREFIX}_{name}_{{digest}} AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED"
        f" FOR EACH ROW{condition} EXECUTE FUNCTION {PREFIX}_{name}()"
    )
