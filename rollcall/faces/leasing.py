"""Claims rows that wait to be looked at: those that are due are leased by one worker, and by another when its lease runs out."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import ColumnElement, select, update

from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.models.people.faces import EnrolmentPhoto
from monitor.models.rollcalls.answers import Verification

LEASE = timedelta(seconds=20)
# One that fails so often is left to a person: the fault may be in it.
MOST_ATTEMPTS = 3
Row = TypeVar("Row", Verification, EnrolmentPhoto)


def claim(
    database: Database, table: type[Row], due: ColumnElement[bool], leased: StrEnum, *, most: int, worker: str, now: datetime
) -> list[Row]:
    """Lease what is due, the longest waiting first; each row counts how often it was claimed. leased: the state it is in then."""
    with database.read() as session:
        # Asked without the write lock, since most of the time there is nothing.
        if session.scalar(select(table.id).where(due).limit(1)) is None:
            return []
    with database.write() as session:
        chosen = select(table.id).where(due).order_by(table.next_attempt_at).limit(most)
        ids = list(session.scalars(chosen.with_for_update(skip_locked=True)))
        changed(
            session,
            update(table)
            .where(table.id.in_(ids))
            .values(state=leased, leased_by=worker, next_attempt_at=now + LEASE, attempts=table.attempts + 1),
        )
        return list(session.scalars(select(table).where(table.id.in_(ids)).order_by(table.id)))
