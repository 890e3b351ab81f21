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
from rollcall.orders.many import MOST, Filter, Person, named_people, people_of
from web.shared.common import now
from web.shared.guard import require_zone, the_reader
from web.shared.parts import parts

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


def all_that_match(session: Session, zone: Zone | None, given: MultiDict[str, str]) -> list[Person]:
    """At most `MOST`. Raises BadInput."""
    if zone is None or given.get("list") == LIST:
        criteria, zones = read_criteria(given), reader_zones(zone)
        pieces = all_numbers(session, criteria, zones, now(), MOST)
        numbers = list(islice((each for piece in pieces for each in piece), MOST))
        return named_people(session, zones, numbers, now())
    before = given.get("ends_before", "").strip()
    which = Filter(
        number_in(given.get("room", "")),
        moment_of(before, zone.timezone, "ends_before") if before else None,
        number_in(given.get("round", "")),
        [CheckInState(each) for each in given.getlist("state") if each in list(CheckInState)],
    )
    return people_of(session, zone.id, which, now())


def people_meant(session: Session, zone: Zone | None, given: MultiDict[str, str]) -> list[Person]:
    """Raises BadInput where nobody is meant."""
    if given.get("everybody") == "yes":
        people = all_that_match(session, zone, given)
    else:
        people = named_people(session, reader_zones(zone), chosen_in(given), now())
    if not people:
        raise BadInput(N_("Choose the people first."), field="person")
    return people
