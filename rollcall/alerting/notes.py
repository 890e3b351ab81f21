"""Notes at change-over are for the next days: older ones are deleted, since they may tell of people."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from monitor.database.statements import changed
from monitor.models.alerts import DutyNote

KEPT = timedelta(days=14)


def forget_notes(session: Session, now: datetime) -> int:
    """Delete what was left for people on duty long ago; returns how many."""
    return changed(session, delete(DutyNote).where(DutyNote.at < now - KEPT))
