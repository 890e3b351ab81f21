"""Lists for going from door to door: who of a commune is quarantined at home, and who declared once and has no declaration in force.

Only people are on it whom we may know of: residents under an order, and people of the public who declared here themselves or were declared.
Who never declared is known to nobody here, and the printed list says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import and_, func, or_, select, tuple_
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.folding import folded
from monitor.models.declarations import Declarant, Declaration, DeclarationState
from monitor.models.people.residents import Household, QuarantineOrder, Resident
from monitor.models.places import Zone, ZoneKind
from monitor.models.units import UnitKind
from monitor.people.orders import in_force
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput
from monitor.reports.collected.communes import units_within
from monitor.reports.coverage.counting import in_force_now
from monitor.words import N_

MOST_DOORS = 5000
AT_HOME = (ZoneKind.HOME_CLUSTER, ZoneKind.STREET_BLOCK)
_NUMBER = re.compile(r"(\d+)(.*)", re.DOTALL)
TOO_MANY = N_("More than %(most)s people are on this list. Choose a neighbourhood instead of the whole commune.")


class Why(StrEnum):
    """Why somebody is visited."""

    AT_HOME = "at_home"
    """Under quarantine at home."""
    RUN_OUT = "run_out"
    """They declared, and it is not in force any more."""


@dataclass(frozen=True)
class Door:
    """One person on the list. on: of an order its last day, of a declaration the day it ran out. resident_id: of who is under an order."""

    neighbourhood: str
    address: str
    full_name: str
    phone: str
    why: Why
    on: date | None
    resident_id: int | None = None


def address_key(address: str) -> tuple[str, int, str]:
    """By which addresses stand as one walks: street first, then the house number as a number: 9 before 12, 12 before 12/3."""
    text = address.strip()
    found = _NUMBER.match(text)
    if found is None:
        return folded(text), 0, ""
    number, rest = int(found[1][:9]), found[2]
    # "12/3A Lê Lợi": what belongs to the number ends with the first blank.
    extra, _blank, street = rest.partition(" ")
    return folded(street), number, extra


def in_walking_order(doors: Iterable[Door]) -> list[Door]:
    """By neighbourhood, and in it as one walks; who has no address stands last in it."""
    return sorted(
        doors,
        key=lambda door: (folded(door.neighbourhood), not door.address, *address_key(door.address), folded(door.full_name)),
    )


@dataclass(frozen=True)
class Place:
    """Where a list is for. units: itself and all below it; names: of each."""

    key: UnitKey
    name: str
    names: Mapping[tuple[str, date], str]


def place_of(session: Session, key: UnitKey) -> Place | None:
    """A commune with its neighbourhoods, or a neighbourhood; None: it is not there today."""
    units = units_within(session, key)
    if not units or units[0].valid_to is not None:
        return None
    # What is no neighbourhood of its own is told by the commune's name.
    names = {
        (unit.code, unit.valid_from): unit.name if unit.kind is UnitKind.NEIGHBOURHOOD else units[0].name for unit in units
    }
    return Place(key, units[0].name, names)


def doors_of(session: Session, place: Place, zones: frozenset[int] | None, now: datetime, timezone: ZoneInfo) -> list[Door]:
    """Everybody on the list of a place, in the order in which one walks. zones: whose residents the reader may see; None: all.

    Raises BadInput where they are too many for one list.
    """
    residents = _at_home(session, place, zones, now, timezone)
    seen = {door.resident_id for door in residents}
    others = _run_out(session, place, now, timezone, MOST_DOORS + 1 - len(residents))
    doors = [*residents, *(door for door in others if door.resident_id is None or door.resident_id not in seen)]
    if len(doors) > MOST_DOORS:
        raise BadInput(TOO_MANY, most=MOST_DOORS, field="unit")
    return in_walking_order(doors)


def _at_home(session: Session, place: Place, zones: frozenset[int] | None, now: datetime, timezone: ZoneInfo) -> list[Door]:
    units = sorted(place.names)
    own = tuple_(Resident.unit_code, Resident.unit_from)
    shared = and_(Resident.unit_code.is_(None), tuple_(Household.unit_code, Household.unit_from).in_(units))
    nowhere = and_(Resident.unit_code.is_(None), or_(Household.id.is_(None), Household.unit_code.is_(None)))
    query = (
        select(Resident, Household, Zone.unit_code, Zone.unit_from, Zone.address, QuarantineOrder.ends_at)
        .join(QuarantineOrder, QuarantineOrder.resident_id == Resident.id)
        .join(Zone, Zone.id == Resident.zone_id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .where(
            *in_force(now),
            Zone.kind.in_(AT_HOME),
            Resident.deleted_at.is_(None),
            or_(own.in_(units), shared, and_(nowhere, tuple_(Zone.unit_code, Zone.unit_from).in_(units))),
        )
        .order_by(Resident.id)
        .limit(MOST_DOORS + 1)
    )
    if zones is not None:
        query = query.where(one_of(Resident.zone_id, sorted(zones)))
    found: dict[int, Door] = {}
    for resident, household, code, since, at_zone, ends_at in session.execute(query):
        where = (code or "", since or date.min)
        for each in (household, resident):
            if each is not None and each.unit_code and each.unit_from:
                where = (each.unit_code, each.unit_from)
        address = resident.address or (household.address if household is not None else "") or at_zone
        phone = resident.phone or (household.phone if household is not None else "")
        ends = ends_at.astimezone(timezone).date()
        name = place.names.get(where, place.name)
        found.setdefault(resident.id, Door(name, address, resident.full_name, phone, Why.AT_HOME, ends, resident.id))
    return list(found.values())


def _run_out(session: Session, place: Place, now: datetime, timezone: ZoneInfo, most: int) -> list[Door]:
    """People of the public who live there and have nothing in force, each once by their identity card."""
    if most <= 0:
        return []
    theirs = (Declaration.declarant_id == Declarant.id, Declaration.state == DeclarationState.TAKEN)
    last = select(func.max(Declaration.until)).where(*theirs).scalar_subquery()
    holding = select(Declaration.id).where(Declaration.declarant_id == Declarant.id, *in_force_now(now)).exists()
    rows = session.execute(
        select(Declarant, last.label("until"))
        .where(
            Declarant.unit_code.in_(sorted({code for code, _since in place.names})),
            tuple_(Declarant.unit_code, Declarant.unit_from).in_(sorted(place.names)),
            last.is_not(None),
            ~holding,
        )
        .order_by(Declarant.id.desc())
        .limit(most)
    ).all()
    known = _declared_again(session, [row.Declarant for row in rows], now)
    found: dict[str, Door] = {}
    for declarant, until in rows:
        number = declarant.document_number
        if number and number in known:
            continue
        where = place.names.get((declarant.unit_code or "", declarant.unit_from or date.min), place.name)
        ended = until.astimezone(timezone).date()
        door = Door(where, declarant.address, declarant.full_name, declarant.phone, Why.RUN_OUT, ended, declarant.resident_id)
        found.setdefault(number or f"declarant-{declarant.id}", door)
    return list(found.values())


def _declared_again(session: Session, declarants: Sequence[Declarant], now: datetime) -> set[str]:
    """Numbers of identity cards of whom another row has a declaration in force: nobody rings twice at a door where all is well."""
    numbers = sorted({each.document_number for each in declarants if each.document_number})
    found: set[str] = set()
    for start in range(0, len(numbers), 500):
        piece = numbers[start : start + 500]
        found.update(
            session.scalars(
                select(Declarant.document_number)
                .join(Declaration, Declaration.declarant_id == Declarant.id)
                .where(
                    Declarant.document_number.in_(piece),
                    Declaration.state == DeclarationState.TAKEN,
                    Declaration.until > now,
                )
                .distinct()
            )
        )
    return found
