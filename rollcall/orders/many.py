"""One thing is done to many people: looked at before, then done each by itself, with a sentence for each that was refused."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.enrolment.beds import rooms_with_beds
from monitor.models.people.moves import DoneForMany, Transfer, TransferState
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.order_changes import CHANGED_SINCE
from monitor.people.order_deeds import ALLOWED, REFUSED, Deed, check_new_end, phase_of
from monitor.people.placed import placed
from monitor.personal_data.holds import require_reason
from monitor.places.zone_changes import require_open
from monitor.problems import BadInput, Conflict, Problem
from monitor.words import N_, Words, words
from rollcall.orders.beds_on_paper import BedsOnPaper
from rollcall.orders.exemptions import add_exemption
from rollcall.orders.orders import Asked, act
from rollcall.orders.planned import plan_change
from rollcall.orders.rooms import RoomWished, move_room
from rollcall.orders.transfers import OFFERED_ALREADY, THERE_ALREADY, check_target, offer
from rollcall.orders.writing import current_order, term_of

MOST = 2000
NO_ORDER = words(N_("This person has no quarantine order."))


class ManyDeed(StrEnum):
    """What can be done to many at once."""

    EXTEND = "extend"
    RELEASE = "release"
    ROOM = "room"
    EXEMPT = "exempt"
    TRANSFER = "transfer"


@dataclass(frozen=True)
class Wanted:
    """One thing for all of them, with one reason.

    ends_at: of an extension. at: of a release; None: now. times: of a permission to be away. rooms: name of the room by resident.
    crowded: also where no bed is free. to_zone, wanted_on: to which zone they are offered, and for which day.
    """

    deed: ManyDeed
    reason: str
    ends_at: datetime | None = None
    at: datetime | None = None
    times: tuple[datetime, datetime] | None = None
    rooms: Mapping[int, str] = field(default_factory=dict)
    crowded: bool = False
    to_zone: int = 0
    wanted_on: date | None = None


@dataclass(frozen=True)
class Person:
    """Somebody of the list, with the order that would be changed, the zone they are in, and the room they have."""

    resident_id: int
    full_name: str
    zone_id: int
    zone: str
    room: str
    room_id: int | None
    order: QuarantineOrder | None
    others: tuple[QuarantineOrder, ...] = ()


@dataclass(frozen=True)
class Seen:
    """What the page showed of somebody. version: of the order, 0 without one; room_id: 0 without one."""

    resident_id: int
    version: int
    room_id: int


@dataclass(frozen=True)
class Judged:
    """Somebody with the reason why it cannot be done for them; None: it can, as things stand."""

    person: Person
    refused: Words | None


@dataclass(frozen=True)
class Filter:
    """Which people of a zone. room_id: 0 for those without one. ends_before: their order ends before this moment.

    roll_call_id, states: whose part in that round is in one of these states; none: in any.
    """

    room_id: int | None = None
    ends_before: datetime | None = None
    roll_call_id: int | None = None
    states: Collection[CheckInState] = ()


Zones = Collection[int] | None
"""Whose people; None: every zone's."""


def numbers_of(session: Session, zone_id: int, which: Filter, now: datetime) -> list[int]:
    """Who has a place in the zone and matches, by number; at most `MOST`."""
    only: list[ColumnElement[bool]] = [Resident.zone_id == zone_id]
    if which.room_id is not None:
        only.append(Resident.room_id == which.room_id if which.room_id else Resident.room_id.is_(None))
    if which.roll_call_id is not None:
        asked = select(CheckIn.resident_id).where(CheckIn.roll_call_id == which.roll_call_id)
        only.append(Resident.id.in_(asked.where(CheckIn.state.in_(which.states)) if which.states else asked))
    if which.ends_before is None:
        return list(session.scalars(select(Resident.id).where(placed(), *only).order_by(Resident.id).limit(MOST)))
    # Whom a day leaves out is known when their orders are read.
    found = _read(session, [zone_id], only, now, None)
    before = which.ends_before
    return [each.resident_id for each in found if each.order is not None and each.order.ends_at < before][:MOST]


def people_of(session: Session, zone_id: int, which: Filter, now: datetime) -> list[Person]:
    """The same, with what is known of them, by room, then by name."""
    return named_people(session, [zone_id], numbers_of(session, zone_id, which, now), now)


def named_people(session: Session, zones: Zones, residents: Collection[int], now: datetime) -> list[Person]:
    """Those of these people who have a place in the zones; at most `MOST`."""
    return _read(session, zones, [one_of(Resident.id, residents)], now, MOST)


def _read(
    session: Session, zones: Zones, only: Sequence[ColumnElement[bool]], now: datetime, most: int | None = None
) -> list[Person]:
    query = (
        select(Resident.id, Resident.full_name, Resident.zone_id, Zone.name.label("zone"), Room.name, Resident.room_id)
        .join(Zone, Zone.id == Resident.zone_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .where(placed(), *only)
        .order_by(Zone.name, Room.name, Resident.sort_key, Resident.id)
        .limit(most)
    )
    rows = session.execute(query if zones is None else query.where(one_of(Resident.zone_id, list(zones)))).all()
    orders: dict[int, list[QuarantineOrder]] = {}
    wanted = select(QuarantineOrder).where(one_of(QuarantineOrder.resident_id, [row.id for row in rows]))
    for order in session.scalars(wanted.order_by(QuarantineOrder.starts_at.desc(), QuarantineOrder.id.desc())):
        orders.setdefault(order.resident_id, []).append(order)
    found = []
    for row in rows:
        known = orders.get(row.id, [])
        current = current_order(known, now)
        others = tuple(each for each in known if each is not current)
        found.append(Person(row.id, row.full_name, row.zone_id, row.zone, row.name or "", row.room_id, current, others))
    return found


def judge(session: Session, people: Sequence[Person], wanted: Wanted, now: datetime) -> list[Judged]:
    """What could be done for whom, as things stand; nothing is changed.

    Raises BadInput and Conflict where it could be done for nobody: the reason is missing, the other zone is closed.
    """
    require_reason(wanted.reason)
    offered = _offered(session, people, wanted, now) if wanted.deed is ManyDeed.TRANSFER else frozenset()
    beds = _beds(session, people, wanted)

    def refused(person: Person) -> Words | None:
        try:
            _check(person, wanted, now)
            if person.resident_id in offered:
                raise Conflict(OFFERED_ALREADY)
            if wanted.deed is ManyDeed.TRANSFER and person.zone_id == wanted.to_zone:
                raise Conflict(THERE_ALREADY)
            if beds is not None:
                beds.take(wanted.rooms.get(person.resident_id, ""), person.room_id)
        except Problem as problem:
            return problem.words
        return None

    return [Judged(each, refused(each)) for each in people]


def _beds(session: Session, people: Collection[Person], wanted: Wanted) -> BedsOnPaper | None:
    if wanted.deed is not ManyDeed.ROOM or not people:
        return None
    zones = {each.zone_id for each in people}
    if len(zones) != 1:
        raise BadInput(N_("Give rooms to the people of one zone at a time."), field="deed")
    return BedsOnPaper(rooms_with_beds(session, zones.pop()), crowded=wanted.crowded)


def _offered(session: Session, people: Sequence[Person], wanted: Wanted, now: datetime) -> Collection[int]:
    """Who of them is offered to a zone already. Raises NotFound, BadInput, Conflict as an offer would for all of them."""
    there, zones = require_open(session.get(Zone, wanted.to_zone)), {each.zone_id for each in people}
    # Who of several zones is there already is said by name; where all are, the zone was a slip.
    check_target(min(zones) if len(zones) == 1 else 0, there, wanted.wanted_on, now)
    waiting = select(Transfer.resident_id).where(
        one_of(Transfer.resident_id, [each.resident_id for each in people]), Transfer.state == TransferState.OFFERED
    )
    return set(session.scalars(waiting))


def _check(person: Person, wanted: Wanted, now: datetime) -> None:
    """Raise what the deed itself would raise."""
    deed = Deed(wanted.deed.value)
    if person.order is None:
        if deed in (Deed.EXTEND, Deed.RELEASE, Deed.TRANSFER):
            raise Conflict(NO_ORDER.template)
        return
    term = term_of(person.order)
    phase = phase_of(term, now)
    if deed not in ALLOWED[phase]:
        raise Conflict(REFUSED[phase])
    if deed is Deed.EXTEND and wanted.ends_at is not None:
        check_new_end(deed, term, wanted.ends_at, [term_of(each) for each in person.others], now)


def do(
    database: Database,
    zones: Zones,
    seen: Sequence[Seen],
    wanted: Wanted,
    account_id: int,
    now: Callable[[], datetime],
    batch: str = "",
) -> list[Judged]:
    """Do it for each by itself; returns all, with the reason for those it was not done for. Raises BadInput without a reason.

    In the order of the list, so that a bed that one leaves can be the next one's. batch: under which all of it is taken back as one.
    """
    require_reason(wanted.reason)
    with database.read() as session:
        people = {each.resident_id: each for each in named_people(session, zones, [each.resident_id for each in seen], now())}
        beds = _beds(session, people.values(), wanted)
    return [
        Judged(person, _do_one(database, person, each, wanted, beds, account_id, now(), batch))
        for each in seen
        if (person := people.get(each.resident_id)) is not None
    ]


def _do_one(
    database: Database,
    person: Person,
    seen: Seen,
    wanted: Wanted,
    beds: BedsOnPaper | None,
    account_id: int,
    at: datetime,
    batch: str,
) -> Words | None:
    try:
        with database.write() as session:
            if session.scalar(select(Resident.zone_id).where(Resident.id == person.resident_id)) != person.zone_id:
                raise Conflict(CHANGED_SINCE)
            made = _deed(session, person, seen, wanted, beds, account_id, at)
            if made and batch:
                whom = {"zone_id": person.zone_id, "resident_id": person.resident_id, "account_id": account_id}
                session.add(DoneForMany(batch=batch, at=at, made=made, **whom))
    except Problem as problem:
        return problem.words
    return None


def _deed(
    session: Session, person: Person, seen: Seen, wanted: Wanted, beds: BedsOnPaper | None, account_id: int, at: datetime
) -> dict[str, Any]:
    """Returns what taking it back needs; nothing for what cannot be taken back as one."""
    if wanted.deed is ManyDeed.EXEMPT:
        assert wanted.times is not None
        _check(person, wanted, at)
        return {"exemption": add_exemption(session, person.resident_id, wanted.times, wanted.reason, account_id, at).id}
    if beds is not None:
        room = beds.named(wanted.rooms.get(person.resident_id, ""))
        wished = RoomWished(room.id, seen=seen.room_id, crowded=wanted.crowded)
        moved = move_room(session, person.resident_id, wished, wanted.reason, account_id, at)
        return {"rooms": [seen.room_id, moved.room_id]}
    if person.order is None:
        raise Conflict(NO_ORDER.template)
    if wanted.deed is ManyDeed.TRANSFER:
        if seen.version != person.order.version:
            raise Conflict(CHANGED_SINCE)
        to_zone, day = wanted.to_zone, wanted.wanted_on
        return {"transfer": offer(session, person.resident_id, to_zone, wanted.reason, day, account_id, at).id}
    if wanted.deed is ManyDeed.RELEASE and wanted.at is not None:
        planned = plan_change(session, person.resident_id, Deed.RELEASE, wanted.at, wanted.reason, account_id, at)
        return {"planned": planned.id}
    asked = Asked(Deed(wanted.deed.value), wanted.reason, seen=seen.version, ends_at=wanted.ends_at)
    act(session, person.order.id, asked, account_id, at)
    return {}
