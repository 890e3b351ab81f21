"""Infected people of the bench's province with whom they met, and a supervisor who interviews about one of them and has said why."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.contacts.cases import enter_case
from monitor.contacts.exposing import Found, Named, Who, propose
from monitor.contacts.periods import Dates, Meeting
from monitor.models.contacts.cases import CaseInterview, CasePurpose, FoundWhere, InfectionCase, InterviewWay
from monitor.models.contacts.contacts import ExposureSource, Proximity
from monitor.models.people.residents import Resident

CASES, CONTACTS, FEWEST = 2000, 30, 8
"""Infected people in a whole province, and contacts of each; so many at least."""


def add_infections(session: Session, share: float, now: datetime) -> None:
    """Fill the tables. share: of a whole province."""
    people = session.scalars(select(Resident).order_by(Resident.id).limit(max(FEWEST, int(CASES * share)))).all()
    for number, person in enumerate(people):
        came = now - timedelta(hours=number)
        dates = Dates(onset_on=(came - timedelta(days=1)).date(), found_where=FoundWhere.QUARANTINE)
        case = enter_case(session, person, "covid-19", dates, None, came, token=f"bench-{number}")
        start = came - timedelta(hours=30)
        meeting = Meeting(start, start + timedelta(hours=1), start, start + timedelta(hours=1), 60, Proximity.NEAR)
        named = [Named(f"Nguyễn Văn {each}", f"+8491{number:04}{each:03}") for each in range(CONTACTS)]
        found = [
            Found(f"bench-{number}-{place}", Who(named=each), ExposureSource.INTERVIEW, meeting)
            for place, each in enumerate(named)
        ]
        propose(session, case, found, now=came)


def interview_first(session: Session, account_id: int, now: datetime) -> None:
    """Somebody interviews about the first case, and may look at it."""
    case_id = session.scalar(select(InfectionCase.id).order_by(InfectionCase.id).limit(1))
    if case_id is None:
        return
    session.add(CasePurpose(case_id=case_id, account_id=account_id, reason="Truy vết", at=now, until=now + timedelta(days=3)))
    session.add(CaseInterview(case_id=case_id, account_id=account_id, way=InterviewWay.TELEPHONE, begun_at=now, saved_at=now))
