"""All sources of what is known, asked about one case: what they find is proposed, each meeting once, however often they are asked."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from monitor.contacts.exposing import Found, propose
from monitor.contacts.known.around import around_of
from monitor.contacts.known.check_ins import check_in_contacts
from monitor.contacts.known.declared import declared_contacts
from monitor.contacts.known.lines import line_contacts
from monitor.contacts.known.rooms import household_contacts, places_of, room_contacts, zones_of
from monitor.models.contacts.cases import CaseState, InfectionCase
from monitor.models.contacts.contacts import ExposureSource
from monitor.problems import Conflict
from monitor.words import N_


@dataclass(frozen=True)
class Outcome:
    """found: meetings by source, known ones among them. fresh: how many of all were not known yet."""

    found: dict[ExposureSource, int]
    fresh: int


def find_known(session: Session, case: InfectionCase, now: datetime) -> Outcome:
    """Look for contacts of a case, in the caller's write transaction; run twice it adds nothing. Raises BadInput and Conflict."""
    if case.state is not CaseState.OPEN:
        raise Conflict(N_("Tracing of this person has ended. Nothing was looked for."))
    found = found_of(session, case, now)
    fresh = propose(session, case, found, now=now)
    return Outcome(dict(Counter(each.source for each in found)), len(fresh))


def found_of(session: Session, case: InfectionCase, now: datetime) -> list[Found]:
    """What all sources find, nothing written. Raises BadInput."""
    around = around_of(session, case, now)
    places = places_of(session, zones_of(session, around), around.until)
    return [
        *household_contacts(session, around),
        *room_contacts(session, around, places),
        *line_contacts(session, around, places),
        *check_in_contacts(session, around),
        *declared_contacts(session, around),
    ]
