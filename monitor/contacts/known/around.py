"""What a search for contacts starts from: the case, its person, when they could infect others, and who they are where people check in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.contacts.cases import clock_of, period_of
from monitor.contacts.stored_rules import rules_of
from monitor.models.contacts.cases import InfectionCase
from monitor.models.declarations import Declarant
from monitor.models.people.residents import Resident
from monitor.problems import BadInput
from monitor.words import N_


@dataclass(frozen=True)
class Around:
    """since, until: when the case could infect others, until now at most. counted_from: the day of onset, else of the sample or result."""

    case: InfectionCase
    resident: Resident
    since: datetime
    until: datetime
    counted_from: date
    symptoms: bool
    zone: ZoneInfo
    declarants: tuple[int, ...]


def around_of(session: Session, case: InfectionCase, now: datetime) -> Around:
    """Raises BadInput where the case has no dates, or could infect nobody."""
    zone = clock_of(session, case.zone_id)
    period = period_of(case, rules_of(session), zone)
    counted_from = case.onset_on or case.sampled_on or case.result_on
    if period is None or counted_from is None:
        raise BadInput(
            N_(
                "Nobody knows yet since when this person could infect others. Enter the day of the first signs or of the sample."
            )
        )
    until = min(now, period.end) if period.end is not None else now
    if period.empty or until <= period.start:
        raise BadInput(N_("This person was isolated before they could infect others: there is nobody to look for."))
    resident = session.get_one(Resident, case.resident_id)
    own = session.scalars(select(Declarant.id).where(Declarant.resident_id == resident.id).order_by(Declarant.id))
    return Around(case, resident, period.start, until, counted_from, case.onset_on is not None, zone, tuple(own))
