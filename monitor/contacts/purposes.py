"""Where a case was and whom they met is shown to who said why: kept for some hours, in the trail, and for the person in “who looked”."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.together import Reading, first, read
from monitor.models.contacts.cases import CasePurpose, InfectionCase
from monitor.people.pasted import plain
from monitor.problems import BadInput
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

HOLDS_FOR = timedelta(hours=8)
"""A shift: who comes back the next day says again what for."""
SHORTEST, LONGEST = 5, 300


def purpose_asked(case_id: int, account_id: int, now: datetime) -> Reading[CasePurpose | None]:
    """The reason that this account gave for this case and that still holds."""
    mine = (CasePurpose.case_id == case_id, CasePurpose.account_id == account_id, CasePurpose.until > now)
    return (yield from first(select(CasePurpose).where(*mine).order_by(CasePurpose.until.desc())))


def purpose_of(session: Session, case_id: int, account_id: int, now: datetime) -> CasePurpose | None:
    """The same, at once."""
    return read(session, purpose_asked(case_id, account_id, now))


def give_purpose(session: Session, case: InfectionCase, reason: str, account_id: int, now: datetime) -> CasePurpose:
    """Note why somebody looks, in the trail too. Raises BadInput."""
    said = plain(reason)
    if not SHORTEST <= len(said) <= LONGEST:
        raise BadInput(
            N_("Please say in %(least)s to %(most)s characters why you look. The person concerned can read it."),
            least=SHORTEST,
            most=LONGEST,
            field="reason",
        )
    purpose = CasePurpose(case_id=case.id, account_id=account_id, reason=said, at=now, until=now + HOLDS_FOR)
    session.add(purpose)
    session.flush()
    audit.note(
        session,
        Action.CASE_PURPOSE_GIVEN,
        at=now,
        account_id=account_id,
        zone_id=case.zone_id,
        resident_id=case.resident_id,
        case=case.id,
        reason=said,
    )
    return purpose
