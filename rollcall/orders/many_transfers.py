"""A zone takes in or refuses many who are offered to it: looked at before, then each by itself, with a sentence for each that failed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.enrolment.beds import rooms_with_beds
from monitor.enrolment.rooms_given import proposals_for_all
from monitor.models.people.moves import PlannedState, Transfer, TransferState
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.places import Zone
from monitor.people.order_deeds import Deed, require_allowed
from monitor.people.placed import placed
from monitor.places.zone_changes import require_open
from monitor.problems import Conflict, Problem
from monitor.words import N_, Words
from rollcall.orders.beds_on_paper import BedsOnPaper
from rollcall.orders.transfers import TOGETHER, TakenIn, accept, agree, agreed_of, check_due, refuse
from rollcall.orders.writing import term_of

MOST = 2000
STAY_BEHIND = N_(
    "Others stay behind who answer with the phone of the household. Take them in too, say below that the phone goes on being "
    "that of all, or take this person in on a page of their own."
)


@dataclass(frozen=True)
class Coming:
    """Someone who is offered to the zone. mates: who else is where they are now and answers with their household's phone."""

    transfer: Transfer
    resident: Resident
    order: QuarantineOrder
    from_zone: str
    mates: frozenset[int] = frozenset()
    due_at: datetime | None = None
    """A time is set for them already."""


@dataclass(frozen=True)
class Welcome:
    """How they are taken in. rooms: name of the room by transfer. crowded: also where no bed is free.

    together: who leaves others of the household goes on answering with its phone. due_at: None: at once.
    """

    rooms: Mapping[int, str] = field(default_factory=dict)
    crowded: bool = False
    together: bool = False
    due_at: datetime | None = None


@dataclass(frozen=True)
class Decided:
    """Someone with the reason why it cannot be done; None: it can, as things stand, or is."""

    coming: Coming
    refused: Words | None


def coming_to(session: Session, zone_id: int, transfers: Collection[int] | None = None) -> list[Coming]:
    """Who is offered to a zone and waits for an answer, or those of them, families together; at most `MOST`."""
    query = (
        select(Transfer, Resident, QuarantineOrder, Zone.name)
        .join(Resident, Resident.id == Transfer.resident_id)
        .join(QuarantineOrder, QuarantineOrder.id == Transfer.order_id)
        .join(Zone, Zone.id == Transfer.from_zone_id)
        .where(Transfer.to_zone_id == zone_id, Transfer.state == TransferState.OFFERED)
        .order_by(Zone.name, Resident.household_id, Resident.sort_key, Resident.id)
        .limit(MOST)
    )
    if transfers is not None:
        query = query.where(one_of(Transfer.id, transfers))
    rows = session.execute(query).all()
    agreed = agreed_of(session, [row.Transfer for row in rows])
    mates = _mates(session, [row.Resident for row in rows])
    found = []
    for transfer, resident, order, name in rows:
        planned = agreed.get(transfer.id)
        due_at = planned.due_at if planned is not None and planned.state is PlannedState.WAITING else None
        # Who has a number of their own needs no household's.
        own = frozenset() if resident.phone else mates.get(resident.household_id or 0, frozenset()) - {resident.id}
        found.append(Coming(transfer, resident, order, name, own, due_at))
    return found


def _mates(session: Session, people: Sequence[Resident]) -> dict[int, frozenset[int]]:
    households = {each.household_id for each in people if each.household_id is not None}
    there = select(Resident.household_id, Resident.id).where(one_of(Resident.household_id, households), placed())
    found: dict[int, set[int]] = {}
    for household, resident in session.execute(there):
        found.setdefault(household or 0, set()).add(resident)
    return {household: frozenset(people) for household, people in found.items()}


def rooms_proposed(session: Session, zone: Zone, people: Sequence[Coming], now: datetime) -> dict[int, str]:
    """A room for each by transfer, so that all have a bed beside each other; none where none fits."""
    rooms = proposals_for_all(session, [each.resident for each in people], zone, now)
    return {each.transfer.id: room.name for each, room in zip(people, rooms, strict=True) if room is not None}


def judge_coming(people: Sequence[Coming], welcome: Welcome, beds: BedsOnPaper, now: datetime) -> list[Decided]:
    """Who could be taken in, as things stand; pure. In the order of the list: a bed that one takes is not the next one's."""
    all_of_them = {each.resident.id for each in people}

    def refused(each: Coming) -> Words | None:
        try:
            require_allowed(Deed.TRANSFER, term_of(each.order), now)
            if welcome.due_at is not None:
                check_due(welcome.due_at, each.order.ends_at, now)
                if each.due_at is not None:
                    raise Conflict(N_("A time is set for this person already. Call it off first."))
            _household(each, all_of_them, welcome)
            beds.take(welcome.rooms.get(each.transfer.id, ""))
        except Problem as problem:
            return problem.words
        return None

    return [Decided(each, refused(each)) for each in people]


def look_at(session: Session, zone_id: int, people: Sequence[Coming], welcome: Welcome, now: datetime) -> list[Decided]:
    """The same with the zone as it is; nothing is changed. Raises NotFound and Conflict where the zone is closed."""
    require_open(session.get(Zone, zone_id))
    return judge_coming(people, welcome, BedsOnPaper(rooms_with_beds(session, zone_id), crowded=welcome.crowded), now)


def take_in_many(
    database: Database,
    zone_id: int,
    transfers: Sequence[int],
    chosen: Collection[int],
    welcome: Welcome,
    account_id: int,
    now: Callable[[], datetime],
) -> list[Decided]:
    """Take each in by itself; returns all, with the reason for those that were not.

    chosen: people who come now, before or after these, so that nobody of them counts as left behind.
    """
    with database.read() as session:
        beds = BedsOnPaper(rooms_with_beds(session, zone_id), crowded=welcome.crowded)
        people = {each.transfer.id: each for each in coming_to(session, zone_id, transfers)}
    found = [people[number] for number in transfers if number in people]
    return [Decided(each, _take_in(database, each, chosen, welcome, beds, account_id, now)) for each in found]


def refuse_many(
    database: Database, zone_id: int, transfers: Sequence[int], reason: str, account_id: int, now: Callable[[], datetime]
) -> list[Decided]:
    """Refuse each offer by itself, all for one reason; returns all, with why not for those that were not."""
    with database.read() as session:
        found = coming_to(session, zone_id, transfers)
    return [Decided(each, _turn_down(database, each, reason, account_id, now)) for each in found]


def _turn_down(database: Database, coming: Coming, reason: str, account_id: int, now: Callable[[], datetime]) -> Words | None:
    try:
        with database.write() as session:
            refuse(session, coming.transfer.id, reason, account_id, now())
    except Problem as problem:
        return problem.words
    return None


def _take_in(
    database: Database,
    coming: Coming,
    chosen: Collection[int],
    welcome: Welcome,
    beds: BedsOnPaper,
    account_id: int,
    now: Callable[[], datetime],
) -> Words | None:
    at = now()
    try:
        room = beds.named(welcome.rooms.get(coming.transfer.id, ""))
        taken = TakenIn(room.id, welcome.crowded, _household(coming, chosen, welcome))
        with database.write() as session:
            if welcome.due_at is None:
                accept(session, coming.transfer.id, taken, account_id, at)
            else:
                agree(session, coming.transfer.id, taken, welcome.due_at, account_id, at)
    except Problem as problem:
        return problem.words
    return None


def _household(coming: Coming, chosen: Collection[int], welcome: Welcome) -> str:
    """With which phone they answer; a family that comes as a whole keeps its own. Raises Conflict."""
    if not coming.mates <= set(chosen) and not welcome.together:
        raise Conflict(STAY_BEHIND)
    return TOGETHER if coming.mates else ""
