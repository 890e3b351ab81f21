"""Bringing the database to a new version, so that one can go back: a copy first, then the migrations, then a look at what came out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy import inspect, text

from monitor.database.database import Database
from monitor.database.revisions import current_revision, newest_revision
from monitor.problems import Conflict
from monitor.service.process import ALIVE_SECONDS
from monitor.trail.audit import first_broken
from monitor.words import N_, Words, words

COUNTED = (
    "zone",
    "room",
    "account",
    "resident",
    "quarantine_order",
    "roll_call",
    "check_in",
    "answer",
    "incident",
    "audit_entry",
)
"""Tables of which no row may get lost on the way."""


def counts_of(database: Database) -> dict[str, int]:
    """Rows of the main tables; those that a schema does not have are left out."""
    with database.engine.connect() as connection:
        there = set(inspect(connection).get_table_names())
        return {
            table: int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608 - our own names
            for table in COUNTED
            if table in there
        }


def what_is_wrong(
    before: Mapping[str, int], after: Mapping[str, int], revision: str | None, newest: str | None, broken: int | None
) -> list[Words]:
    """What an upgrade left that it must not; pure. broken: the first entry of the trail that does not fit."""
    found = []
    if revision != newest:
        found.append(words(N_("The schema is at %(revision)s and should be at %(newest)s."), revision=revision, newest=newest))
    found += [
        words(
            N_("The table %(table)s had %(before)s rows and has %(after)s."),
            table=table,
            before=count,
            after=after.get(table, 0),
        )
        for table, count in before.items()
        if after.get(table, 0) != count
    ]
    if broken is not None:
        found.append(words(N_("The audit trail is broken at entry %(entry)s."), entry=broken))
    return found


def verify(database: Database, before: Mapping[str, int]) -> list[Words]:
    """The same of a database; empty where all is well."""
    with database.engine.connect() as connection:
        revision = current_revision(connection)
    with database.read() as session:
        broken = first_broken(session)
    return what_is_wrong(before, counts_of(database), revision, newest_revision(), broken)


def require_stopped(database: Database, now: Callable[[], datetime], wait: Callable[[float], None] = time.sleep) -> None:
    """Raise Conflict while a process of the service lives, on whatever machine. One that ended just now is waited for."""
    first = newest = _newest_beat(database)
    while newest is not None and (now() - newest).total_seconds() < ALIVE_SECONDS:
        if newest != first:
            raise Conflict(
                N_("The service is running. Stop it on every machine first: systemctl stop quarantine.target, or Ctrl-C.")
            )
        wait(0.5)
        newest = _newest_beat(database)


def _newest_beat(database: Database) -> datetime | None:
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("process_beat"):
            return None
        found = connection.execute(text("SELECT max(beat_at) FROM process_beat")).scalar_one()
    if found is None:
        return None
    at = datetime.fromisoformat(found) if isinstance(found, str) else found
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
