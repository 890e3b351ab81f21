"""A code by which somebody may send their phone's log, once: made by staff, read out or sent by a person, good for three days."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.accounts.codes import grouped, new_code, plain
from monitor.models.contacts.cases import CaseState, InfectionCase
from monitor.models.contacts.contacts import CaseContact, ContactState
from monitor.models.contacts.tracing import ContactLog, LogState
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

GOOD_FOR = timedelta(days=3)
LENGTH = 10  # 50 bits: tries are counted, and codes are few
_PART = 5


class CodeNotGood(NotFound):
    """No log is asked for by this code, or not any more."""


def ask_for_log(
    session: Session, case: InfectionCase, contact_id: int | None, account_id: int, now: datetime
) -> tuple[ContactLog, str]:
    """Ask a case, or a contact of it, for their log; returns the code as it is read out. Raises BadInput and Conflict."""
    if case.state is not CaseState.OPEN:
        raise Conflict(N_("Tracing of this person has ended. No log can be asked for."))
    if contact_id is not None:
        contact = session.get(CaseContact, contact_id)
        if contact is None or contact.case_id != case.id or contact.state in (ContactState.MERGED, ContactState.REFUSED):
            raise BadInput(N_("Choose a contact of this person."), field="contact")
    code = new_code(LENGTH)
    log = ContactLog(code=code, case_id=case.id, contact_id=contact_id, made_at=now, made_by=account_id, ends_at=now + GOOD_FOR)
    session.add(log)
    session.flush()
    audit.note(
        session,
        Action.CONTACT_LOG_ASKED,
        at=now,
        account_id=account_id,
        zone_id=case.zone_id,
        resident_id=case.resident_id,
        case=case.id,
        contact=contact_id,
    )
    return log, grouped(code, _PART)


def log_of_code(session: Session, typed: str, now: datetime) -> ContactLog:
    """The log that a code asks for. Raises CodeNotGood."""
    code = plain(typed)
    log = session.scalar(select(ContactLog).where(ContactLog.code == code)) if len(code) == LENGTH else None
    if log is None or log.state is not LogState.ASKED or now >= log.ends_at:
        raise CodeNotGood(
            N_(
                "This code is not good: it was used already, its three days are over, or a sign is wrong. Call who gave it to you."
            )
        )
    return log
