"""Someone has looked at the rows of a file: they are entered, or the file is thrown away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.statements import changed
from monitor.enrolment.imports.entering import WITHOUT
from monitor.enrolment.imports.uploading import came_before
from monitor.models.people.imports import ImportRow, ImportState, PeopleImport, RowState
from monitor.problems import BadInput, Conflict
from monitor.words import N_

ROOM_FULL = ("refuse", WITHOUT)
_OPEN = (ImportState.WAITING, ImportState.JUDGING, ImportState.READ, ImportState.FAILED)
_ELSEWHERE = N_("Someone else has gone on with this file meanwhile. Reload the page.")


def confirm(session: Session, row: PeopleImport, account_id: int, now: datetime, *, room_full: str, knowing: bool) -> None:
    """Let the rows that are ready be entered. knowing: they were told that the same file was imported before, and go on.

    Raises BadInput and Conflict.
    """
    if room_full not in ROOM_FULL:
        raise BadInput(N_("Choose what to do with people whose room is full."), field="room_full")
    if came_before(session, row) and not knowing:
        raise BadInput(N_("This file was imported before. Tick that you know it, to go on all the same."), field="knowing")
    chosen = update(PeopleImport).where(PeopleImport.id == row.id, PeopleImport.state == ImportState.READ)
    values: dict[str, Any] = {"room_full": room_full, "confirmed_at": now, "confirmed_by": account_id, "next_attempt_at": now}
    if not changed(session, chosen.values(state=ImportState.ENTERING, attempts=0, **values)):
        raise Conflict(_ELSEWHERE)
    parked = update(ImportRow).where(ImportRow.import_id == row.id, ImportRow.state == RowState.PARKED)
    changed(session, parked.values(parked_at=now))
    announce(session, row.zone_id, Topic.PEOPLE, now)


def drop(session: Session, row: PeopleImport, now: datetime) -> None:
    """Throw a file away before anyone of it was entered; `put_away` follows when this is committed. Raises Conflict."""
    chosen = update(PeopleImport).where(PeopleImport.id == row.id, PeopleImport.state.in_(_OPEN))
    ended: dict[str, Any] = {"state": ImportState.DROPPED, "ended_at": now, "next_attempt_at": None, "file": None}
    if not changed(session, chosen.values(**ended)):
        raise Conflict(_ELSEWHERE)
    forget_rows = update(ImportRow).where(ImportRow.import_id == row.id)
    changed(session, forget_rows.values(cells=None, marks=None, faults=None, hints=None))
    announce(session, row.zone_id, Topic.PEOPLE, now)
