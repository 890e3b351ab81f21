"""What is kept of interviews and contacts, and how it ends: words, names and numbers go; dates and edges without names are counted on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.models.contacts.cases import CaseInterview, CaseState, InfectionCase, Milestone
from monitor.models.contacts.contacts import CaseContact, ContactLink, ContactTask, Exposure
from monitor.models.contacts.tracing import ContactLog
from monitor.models.people.retention import RetentionHold

BATCH = 200
NO_NAME: dict[str, Any] = {
    "full_name": "",
    "phone": "",
    "address": "",
    "document_number": "",
    "note": "",
    "birth_date": None,
    "declarant_id": None,
}
"""Of a contact, when it is nobody by name any more."""
NO_KEY: dict[str, Any] = {"key": "", "key_since": None, "key_until": None}
"""Of a phone, when it is nobody's any more; its log goes within a day by itself."""


def erase_cases(database: Database, before: datetime, now: datetime) -> int:
    """Erase the words of cases whose tracing ended before a moment, unless the data of their person is held; returns how many."""
    held = select(RetentionHold.resident_id).where(RetentionHold.until > now, RetentionHold.ended_at.is_(None))
    due = (
        select(InfectionCase.id)
        .where(InfectionCase.closed_at <= before, InfectionCase.erased_at.is_(None), InfectionCase.state != CaseState.OPEN)
        .where(InfectionCase.resident_id.not_in(held))
        .order_by(InfectionCase.closed_at)
        .limit(BATCH)
    )
    total = 0
    while True:
        with database.write() as session:
            found = list(session.scalars(due))
            _erase(session, found, now)
        total += len(found)
        if len(found) < BATCH:
            return total


def erase_contacts_of_resident(session: Session, resident_id: int, now: datetime) -> None:
    """With the data of a person go their own interviews, and their name among the contacts of others; in the caller's transaction.

    A case that was still traced ends: nobody could know any more whose it was.
    """
    mine = InfectionCase.resident_id == resident_id
    ended = {"state": CaseState.CLOSED, "closed_at": func.coalesce(InfectionCase.closed_at, now)}
    changed(session, update(InfectionCase).where(mine, InfectionCase.state == CaseState.OPEN).values(**ended))
    _erase(session, list(session.scalars(select(InfectionCase.id).where(mine))), now)
    contacts = list(session.scalars(select(CaseContact.id).where(CaseContact.resident_id == resident_id)))
    _nobody(session, contacts, now)


def _erase(session: Session, cases: Sequence[int], now: datetime) -> None:
    if not cases:
        return
    changed(session, update(InfectionCase).where(one_of(InfectionCase.id, cases)).values(symptoms="", why="", erased_at=now))
    words = {"draft": None, "notes": "", "ended_at": func.coalesce(CaseInterview.ended_at, now)}
    changed(session, update(CaseInterview).where(one_of(CaseInterview.case_id, cases)).values(**words))
    changed(session, update(Milestone).where(one_of(Milestone.case_id, cases)).values(place="", done=""))
    changed(session, update(ContactLog).where(one_of(ContactLog.case_id, cases)).values(**NO_KEY))
    _nobody(session, list(session.scalars(select(CaseContact.id).where(one_of(CaseContact.case_id, cases)))), now)


def _nobody(session: Session, contacts: Sequence[int], now: datetime) -> None:
    if not contacts:
        return
    gone = {**NO_NAME, "decided_why": "", "erased_at": now}
    changed(session, update(CaseContact).where(one_of(CaseContact.id, contacts)).values(**gone))
    changed(session, update(Exposure).where(one_of(Exposure.contact_id, contacts)).values(words=""))
    changed(session, update(ContactTask).where(one_of(ContactTask.contact_id, contacts)).values(note=""))
    changed(session, update(ContactLog).where(one_of(ContactLog.contact_id, contacts)).values(**NO_KEY))
    changed(session, delete(ContactLink).where(one_of(ContactLink.contact_id, contacts)))
