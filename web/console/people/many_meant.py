"""Whom something that is done to many is meant for: chosen one by one, or all that match, in a zone, a round or the list of people."""

from __future__ import annotations

from dataclasses import fields
from itertools import islice

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from monitor.enrolment.orders import moment_of
from monitor.models.places import Zone
from monitor.models.rollcalls.rounds import CheckInState
from monitor.problems import BadInput
from monitor.register.criteria import Criteria, read_criteria
from monitor.register.listing import all_numbers
from monitor.words import N_
from rollcall.orders.many import MOST, Filter, Person, named_people, numbers_of
from web.shared.common import now
from web.shared.guard import require_zone, the_reader
from web.shared.parts import parts

MOST_SINGLE = 60
"""So many can be ticked one by one."""
LIST = "people"
"""What `list` says where the people are those of the list of everybody."""
_FILTERS = ("list", "room", "ends_before", "round", "state", *(each.name for each in fields(Criteria)))


def zone_of_reader(session: Session, zone_id: int) -> Zone:
    """Raises NotFound, also where the reader may not work there."""
    zone = session.get(Zone, zone_id)
    require_zone(the_reader(), zone.id if zone else None)
    assert zone is not None
    return zone


def reader_zones(zone: Zone | None) -> list[int] | None:
    """The zones whose people can be meant. zone: None for all that the reader works in."""
    if zone is not None:
        return [zone.id]
    zones = the_reader().zones
    return None if zones is None else sorted(zones)


def timezone_of(zone: Zone | None) -> str:
    """On whose clock a form is filled in."""
    return zone.timezone if zone is not None else str(parts().settings.zone)


def number_in(text: str) -> int | None:
    """A key as a form sends it."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def chosen_in(given: MultiDict[str, str]) -> list[int]:
    """Who was ticked."""
    return [each for text in given.getlist("person")[:MOST] if (each := number_in(text)) is not None]


def carried(given: MultiDict[str, str]) -> list[tuple[str, str]]:
    """What a form of the next page needs to mean the same people."""
    return [(name, value) for name in _FILTERS for value in given.getlist(name) if value]


def numbers_that_match(session: Session, zone: Zone | None, given: MultiDict[str, str]) -> list[int]:
    """At most `MOST`. Raises BadInput."""
    if zone is None or given.get("list") == LIST:
        pieces = all_numbers(session, read_criteria(given), reader_zones(zone), now(), MOST)
        return list(islice((each for piece in pieces for each in piece), MOST))
    before = given.get("ends_before", "").strip()
    which = Filter(
        number_in(given.get("room", "")),
        moment_of(before, zone.timezone, "ends_before") if before else None,
        number_in(given.get("round", "")),
        [CheckInState(each) for each in given.getlist("state") if each in list(CheckInState)],
    )
    return numbers_of(session, zone.id, which, now())


def offered(session: Session, zone: Zone | None, given: MultiDict[str, str]) -> tuple[list[Person], int]:
    """Who can be ticked one by one, and how many match: of many only those who are ticked already. Raises BadInput."""
    numbers = numbers_that_match(session, zone, given)
    single = numbers if len(numbers) <= MOST_SINGLE else chosen_in(given)
    return (named_people(session, reader_zones(zone), single, now()) if single else []), len(numbers)


def people_meant(session: Session, zone: Zone | None, given: MultiDict[str, str]) -> list[Person]:
    """Raises BadInput where nobody is meant."""
    numbers = numbers_that_match(session, zone, given) if given.get("everybody") == "yes" else chosen_in(given)
    people = named_people(session, reader_zones(zone), numbers, now())
    if not people:
        raise BadInput(N_("Choose the people first."), field="person")
    return people
