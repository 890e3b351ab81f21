"""Files of people and of laboratories are thrown away in time: those that nobody went on with, and rows that nobody decided about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update

from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.models.people.imports import ImportRow, ImportState, PeopleImport, RowState
from monitor.models.people.laboratory import ParkedResult
from monitor.vault.vault import Vault

_NOT_BEGUN = (ImportState.WAITING, ImportState.JUDGING, ImportState.READ, ImportState.FAILED)
_NOTHING: dict[str, Any] = {"cells": None, "marks": None, "faults": None, "hints": None}


def purge_files(database: Database, vault: Vault, before: datetime, now: datetime) -> int:
    """Drop imports that came before a moment and were not gone on with, and what rows hold of those done before it; returns how many
    files and rows that were."""
    with database.read() as session:
        old = select(PeopleImport.id, PeopleImport.file).where(
            PeopleImport.state.in_(_NOT_BEGUN), PeopleImport.uploaded_at <= before
        )
        files = session.execute(old).all()
    for each in files:
        # File before row, so that what was interrupted is met again.
        if each.file is not None:
            vault.remove(each.file)
        vault.forget(f"import-{each.id}")
    with database.write() as session:
        gone = [each.id for each in files]
        ended: dict[str, Any] = {"state": ImportState.DROPPED, "ended_at": now, "next_attempt_at": None, "file": None}
        dropped = update(PeopleImport).where(PeopleImport.id.in_(gone), PeopleImport.state.in_(_NOT_BEGUN))
        changed(session, dropped.values(**ended))
        over = select(PeopleImport.id).where(
            or_(
                PeopleImport.id.in_(gone),
                PeopleImport.state.in_((ImportState.DONE, ImportState.UNDONE)) & (PeopleImport.ended_at <= before),
            )
        )
        rows = update(ImportRow).where(
            ImportRow.import_id.in_(over), ImportRow.state != RowState.PARKED, ImportRow.cells.is_not(None)
        )
        dropped_rows = update(ImportRow).where(ImportRow.import_id.in_(gone), ImportRow.cells.is_not(None))
        return len(gone) + changed(session, rows.values(**_NOTHING)) + changed(session, dropped_rows.values(**_NOTHING))


def purge_doubtful(database: Database, before: datetime, now: datetime) -> int:
    """Leave out rows that nobody decided about since before a moment; returns how many."""
    old = update(ImportRow).where(ImportRow.state == RowState.PARKED, ImportRow.parked_at <= before)
    with database.write() as session:
        return changed(session, old.values(state=RowState.LEFT_OUT, parked_at=None, decided_at=now, **_NOTHING))


def purge_parked(database: Database, before: datetime) -> int:
    """Delete laboratory results that nobody decided about since before a moment; the same file may bring them again. Returns how many."""
    old = delete(ParkedResult).where(ParkedResult.decided_at.is_(None), ParkedResult.parked_at <= before)
    with database.write() as session:
        return changed(session, old)
