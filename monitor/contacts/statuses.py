"""A person's F-status follows from what they are found to be: it grows nearer to a case, and never farther by itself."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from monitor.database.statements import changed
from monitor.enrolment.details import Details
from monitor.enrolment.enrolling import note_status
from monitor.models.people.residents import FStatus, Resident

NEAREST_FIRST = (FStatus.F0, FStatus.F1, FStatus.F2, FStatus.F3)


def nearer(now_is: FStatus | None, found: FStatus) -> bool:
    """Whether somebody found to be this is nearer to a case than they were known to be. Pure."""
    return now_is is None or NEAREST_FIRST.index(found) < NEAREST_FIRST.index(now_is)


def note_f_status(
    session: Session, resident: Resident, found: FStatus, rule_on: date | None, account_id: int | None, now: datetime
) -> None:
    """Note it, in the caller's write transaction; the period of the earlier one ends and stays. rule_on: the day whose rule made it so."""
    if not nearer(resident.f_status, found):
        return
    mine = update(Resident).where(Resident.id == resident.id)
    changed(session, mine.values(f_status=found, version=Resident.version + 1))
    session.refresh(resident)
    details = Details(full_name=resident.full_name, f_status=found, f_rule_on=rule_on)
    note_status(session, resident, details, account_id, now)
