"""Units that answer: which takes what where, who works in them, and whose tickets are whose once one is dissolved."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session, aliased

from monitor.changes import Topic, announce
from monitor.hotline.clock import Calendar, Segment
from monitor.hotline.steps import heir
from monitor.hotline.tickets import move, note
from monitor.hotline.waiting import not_closed
from monitor.models.accounts import Account
from monitor.models.hotline import EventKind, HotlineTicket, TicketKind, TicketState
from monitor.models.hotline_desk import HotlineCalendar, HotlineMember, HotlineUnit
from monitor.models.units import AdministrativeUnit
from monitor.places.units.search import UnitKey
from monitor.working_days import Holidays

BATCH = 500
_LEVELS = 5
_WITH_UNIT = (TicketState.HANDED_OVER, TicketState.ACCEPTED)


def live(now: datetime) -> ColumnElement[bool]:
    """A condition on HotlineUnit: it is not dissolved."""
    return or_(HotlineUnit.dissolved_at.is_(None), HotlineUnit.dissolved_at > now)


@dataclass(frozen=True)
class Candidate:
    """A unit that a ticket may be handed to. place: of the administrative unit that it answers for; None: the province."""

    unit_id: int
    name: str
    kinds: frozenset[str]
    place: UnitKey | None
    zone_id: int | None


def ranked(candidates: Sequence[Candidate], kind: TicketKind, home: Sequence[UnitKey], zone_id: int | None) -> list[Candidate]:
    """Units in the order in which they come into question: those that take the kind first, of them the nearest to the place, then by name.

    home: the administrative unit of the ticket and those above it, from the lowest. zone_id: whose staff see it; tells where no place was given.
    """

    def rank(each: Candidate) -> tuple[bool, int, bool, str]:
        near = home.index(each.place) if each.place in home else len(home) + (each.place is not None)
        return kind.value not in each.kinds, near, zone_id is None or each.zone_id != zone_id, each.name

    return sorted(candidates, key=rank)


def candidates_for(
    session: Session, kind: TicketKind, home: Sequence[UnitKey], zone_id: int | None, now: datetime
) -> list[Candidate]:
    """Units that are there now, those that a ticket would be handed to first; see `ranked`."""
    unit = HotlineUnit
    rows = session.execute(
        select(unit.id, unit.name, unit.kinds, unit.unit_code, unit.unit_from, unit.zone_id).where(live(now))
    )
    found = [
        Candidate(
            row.id,
            row.name,
            frozenset(str(each) for each in row.kinds),
            UnitKey(row.unit_code, row.unit_from) if row.unit_code and row.unit_from else None,
            row.zone_id,
        )
        for row in rows
    ]
    return ranked(found, kind, home, zone_id)


def path_of(session: Session, unit: UnitKey) -> list[tuple[UnitKey, str]]:
    """An administrative unit and those above it, from the lowest, each with its name in Vietnamese: by one statement."""
    row = session.execute(_path(), {"code": unit.code, "since": unit.valid_from}).first()
    found: list[Any] = [row[at : at + 3] for at in range(0, len(row), 3)] if row is not None else []
    return [(UnitKey(code, since), name) for code, since, name in found if code is not None]


@cache
def _path() -> Select[*tuple[Any, ...]]:
    """Made once: it takes longer than to be answered, and is asked for each ticket."""
    own, *higher = (aliased(AdministrativeUnit) for _level in range(_LEVELS))
    query = select(*(column for each in (own, *higher) for column in (each.code, each.valid_from, each.name))).select_from(own)
    below = own
    for each in higher:
        parent = and_(each.code == below.parent_code, each.valid_from == below.parent_from)
        query, below = query.outerjoin(each, parent), each
    return query.where(own.code == bindparam("code"), own.valid_from == bindparam("since"))


def members_of(session: Session, units: Collection[int]) -> dict[int, list[int]]:
    """Accounts in use that work in some units."""
    rows = session.execute(
        select(HotlineMember.unit_id, HotlineMember.account_id)
        .join(Account, Account.id == HotlineMember.account_id)
        .where(HotlineMember.unit_id.in_(units), Account.active)
        .order_by(Account.username)
    )
    found: dict[int, list[int]] = {each: [] for each in units}
    for unit_id, account_id in rows:
        found[unit_id].append(account_id)
    return found


def units_of_account(session: Session, account_id: int) -> frozenset[int]:
    """Units in which somebody works, or whose head they are."""
    member = select(HotlineMember.unit_id).where(HotlineMember.account_id == account_id)
    headed = select(HotlineUnit.id).where(HotlineUnit.head_id == account_id)
    return frozenset(session.scalars(member.union(headed)))


def calendar_of(row: HotlineCalendar | None, holidays: Holidays, timezone: str) -> Calendar | None:
    """A stored calendar as the clocks ask it; None: day and night."""
    if row is None:
        return None
    segments = tuple(Segment(*(int(each) for each in segment)) for segment in row.segments)
    return Calendar(segments, timezone, holidays if row.off_on_holidays else None)


@dataclass(frozen=True)
class Calendars:
    """desk: when the hotline is open. units: of those that have a calendar."""

    desk: Calendar | None
    units: Mapping[int, Calendar]


def read_calendars(session: Session, holidays: Holidays, timezone: str) -> Calendars:
    """All calendars that clocks go by."""
    rows = {row.id: row for row in session.scalars(select(HotlineCalendar).order_by(HotlineCalendar.id))}
    desk = next((row for row in rows.values() if row.opening), None)
    units: dict[int, Calendar] = {}
    for unit_id, calendar_id in session.execute(
        select(HotlineUnit.id, HotlineUnit.calendar_id).where(HotlineUnit.calendar_id.is_not(None))
    ):
        calendar = calendar_of(rows.get(calendar_id or 0), holidays, timezone)
        if calendar is not None:
            units[unit_id] = calendar
    return Calendars(calendar_of(desk, holidays, timezone), units)


def left_behind(session: Session, now: datetime) -> bool:
    """Whether tickets are with units that are dissolved, or in the hands of people who work here no more."""
    gone = select(HotlineUnit.id).where(HotlineUnit.dissolved_at <= now)
    stranded = and_(not_closed(), HotlineTicket.state.in_(_WITH_UNIT), HotlineTicket.unit_id.in_(gone))
    taken = and_(
        not_closed(),
        HotlineTicket.state == TicketState.TAKEN,
        HotlineTicket.taken_by.in_(select(Account.id).where(Account.active.is_(False))),
    )
    return any(session.scalar(select(HotlineTicket.id).where(each).limit(1)) is not None for each in (stranded, taken))


def leave_dissolved(session: Session, now: datetime) -> int:
    """Tickets of units that are dissolved go to who comes after them, or back to the desk; in the caller's write transaction.

    Returns how many, at most `BATCH` at once: the next look takes the others.
    """
    gone = select(HotlineUnit.id).where(HotlineUnit.dissolved_at <= now)
    stranded = session.scalars(
        select(HotlineTicket)
        .where(not_closed(), HotlineTicket.state.in_(_WITH_UNIT), HotlineTicket.unit_id.in_(gone))
        .limit(BATCH)
    ).all()
    if not stranded:
        return 0
    units = {row.id: (row.dissolved_at, row.successor_id) for row in session.scalars(select(HotlineUnit))}
    left = 0
    for ticket in stranded:
        assert ticket.unit_id is not None
        successor = heir(ticket.unit_id, units, now)
        still = (HotlineTicket.state == ticket.state, HotlineTicket.unit_id == ticket.unit_id)
        common = {"unit_id": successor, "accepted_at": None, "taken_by": None, "round": ticket.round + 1}
        if successor is None:
            values = {**common, "state": TicketState.NEW, "waiting_since": now, "handed_over_at": None}
        else:
            values = {**common, "state": TicketState.HANDED_OVER, "handed_over_at": now}
        if move(session, ticket.id, still, values, now):
            left += 1
            details = {"unit": ticket.unit_id, "to": successor}
            note(session, ticket.id, EventKind.RETURNED, now, details=details)
            announce(session, ticket.zone_id, Topic.HOTLINE, now)
    return left


def leave_closed_accounts(session: Session, now: datetime) -> int:
    """Tickets in the hands of somebody who works here no more go back; returns how many. In the caller's write transaction."""
    gone = select(Account.id).where(Account.active.is_(False))
    taken = session.scalars(
        select(HotlineTicket)
        .where(not_closed(), HotlineTicket.state == TicketState.TAKEN, HotlineTicket.taken_by.in_(gone))
        .limit(BATCH)
    ).all()
    for ticket in taken:
        still = (HotlineTicket.state == TicketState.TAKEN, HotlineTicket.taken_by == ticket.taken_by)
        values = {
            "state": TicketState.NEW,
            "taken_by": None,
            "taken_at": None,
            "waiting_since": now,
            "round": ticket.round + 1,
        }
        if move(session, ticket.id, still, values, now):
            note(session, ticket.id, EventKind.RETURNED, now, details={"from": ticket.taken_by})
            announce(session, ticket.zone_id, Topic.HOTLINE, now)
    return len(taken)
