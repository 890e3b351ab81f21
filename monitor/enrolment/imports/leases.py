"""Which worker has an import in hand: claimed by a conditional update, given back after each piece, taken over from the dead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.models.people.imports import ImportState, PeopleImport

LEASE = timedelta(seconds=90)
"""Longer than any piece takes; a worker that died is followed after this time."""
MOST_ATTEMPTS = 4
"""Deaths or errors in a row after which the file is at fault."""
AT_WORK = (ImportState.WAITING, ImportState.JUDGING, ImportState.ENTERING)


@dataclass(frozen=True)
class Held:
    """An import that this worker has in hand."""

    id: int
    zone_id: int
    state: ImportState
    attempts: int
    worker: str


def imports_due(now: datetime) -> ColumnElement[bool]:
    """Imports that wait for a worker, and those whose worker died."""
    return and_(PeopleImport.next_attempt_at <= now, PeopleImport.state.in_(AT_WORK))


def claim(database: Database, worker: str, now: datetime) -> Held | None:
    """Take the one that has waited longest; None: nothing waits."""
    with database.read() as session:
        # Asked without the write lock, since most of the time there is nothing.
        if session.scalar(select(PeopleImport.id).where(imports_due(now)).limit(1)) is None:
            return None
    with database.write() as session:
        chosen = select(PeopleImport).where(imports_due(now)).order_by(PeopleImport.next_attempt_at).limit(1)
        row = session.scalar(chosen.with_for_update(skip_locked=True))
        if row is None:
            return None
        row.leased_by, row.next_attempt_at, row.attempts = worker, now + LEASE, row.attempts + 1
        return Held(row.id, row.zone_id, row.state, row.attempts, worker)


def go_on(session: Session, held: Held, now: datetime, **values: Any) -> bool:
    """In the transaction that ends a piece: whether it is still in hand; if so it waits for the next piece, with these values.

    Everything else of the transaction must be left undone where it is not.
    """
    mine = update(PeopleImport).where(
        PeopleImport.id == held.id, PeopleImport.state == held.state, PeopleImport.leased_by == held.worker
    )
    if not changed(session, mine.values(**({"next_attempt_at": now, "attempts": 0, "leased_by": None} | values))):
        return False
    announce(session, held.zone_id, Topic.PEOPLE, now)
    return True
