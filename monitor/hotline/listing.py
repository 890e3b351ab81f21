"""The hotline's list: which tickets somebody may see, what a list is narrowed to, and its pages by key."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, Row, Select, and_, false, func, or_, select, true, tuple_
from sqlalchemy.orm import Session, aliased

from monitor.hotline.clock import WARNINGS
from monitor.hotline.waiting import answered, not_closed, untaken, waits
from monitor.models.accounts import Account
from monitor.models.hotline import (
    LAW_LIMIT,
    AlarmLevel,
    CloseReason,
    HotlineTicket,
    TicketChannel,
    TicketKind,
    TicketState,
)
from monitor.models.hotline_desk import HotlineMember, HotlineUnit


class Which(StrEnum):
    """Which tickets a list shows."""

    OPEN = "open"
    NEW = "new"
    """That nobody has in hand."""
    MINE = "mine"
    SOON = "soon"
    """Due within two hours, or late."""
    LATE = "late"
    ANSWERED = "answered"
    CLOSED = "closed"
    ALL = "all"


class Part(StrEnum):
    """Which part of those that came in some days a figure counts; each number leads to its list."""

    IN_TIME = "in_time"
    TOO_LATE = "too_late"
    UNASSIGNED = "unassigned"
    REOPENED = "reopened"


BY_COMING = (Which.ANSWERED, Which.CLOSED, Which.ALL)
"""These lists have the newest first; the others what is due first."""
MINE_STATES = (TicketState.TAKEN, TicketState.HANDED_OVER, TicketState.ACCEPTED)


DESK = 0
"""In place of a unit: what no unit has."""


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to; None: everything. unit: its number, or DESK. since, until: first contact from and before. part: of a figure."""

    which: Which = Which.OPEN
    kind: TicketKind | None = None
    channel: TicketChannel | None = None
    unit: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    part: Part | None = None


@dataclass(frozen=True)
class Sight:
    """Who looks. zones: None: all. units: in which they work, whichever zone a ticket is of."""

    account_id: int
    zones: frozenset[int] | None
    units: frozenset[int]


def visible(sight: Sight) -> ColumnElement[bool]:
    """A condition on HotlineTicket: of the reader's zones, or handed to a unit of theirs, or in their own hands."""
    if sight.zones is None:
        return true()
    mine = [HotlineTicket.taken_by == sight.account_id]
    if sight.zones:
        mine.append(HotlineTicket.zone_id.in_(sight.zones))
    if sight.units:
        mine.append(HotlineTicket.unit_id.in_(sight.units))
    return or_(*mine)


def settled_at() -> ColumnElement[datetime | None]:
    """When the law's clock was met: by the first answer, or by closing it for a reason before there was one."""
    return func.coalesce(HotlineTicket.first_answered_at, HotlineTicket.first_closed_at)


def counted() -> ColumnElement[bool]:
    """A condition: it counts in figures. What became part of another ticket counts there."""
    return or_(HotlineTicket.close_reason.is_(None), HotlineTicket.close_reason != CloseReason.MERGED)


def part_of(part: Part, now: datetime) -> ColumnElement[bool]:
    """A condition: a figure counts it in this part."""
    if part is Part.IN_TIME:
        return settled_at() <= HotlineTicket.due_at
    late = or_(settled_at() > HotlineTicket.due_at, and_(settled_at().is_(None), HotlineTicket.due_at <= now))
    if part is Part.TOO_LATE:
        return late
    return and_(late, HotlineTicket.breached_unassigned) if part is Part.UNASSIGNED else HotlineTicket.reopened > 0


def conditions(wanted: Wanted, sight: Sight, now: datetime) -> list[ColumnElement[bool]]:
    """What a row of the list fulfils."""
    found = [visible(sight)]
    of_which: dict[Which, ColumnElement[bool]] = {
        Which.OPEN: waits(),
        Which.NEW: and_(not_closed(), HotlineTicket.state == TicketState.NEW),
        Which.MINE: and_(waits(), _mine(sight)),
        Which.SOON: and_(waits(), _due_by(now + (LAW_LIMIT - WARNINGS[AlarmLevel.UNIT]))),
        Which.LATE: and_(waits(), _due_by(now)),
        Which.ANSWERED: answered(),
        Which.CLOSED: HotlineTicket.state == TicketState.CLOSED,
        Which.ALL: true(),
    }
    found.append(of_which[wanted.which])
    for column, value in (
        (HotlineTicket.kind, wanted.kind),
        (HotlineTicket.channel, wanted.channel),
        (HotlineTicket.unit_id, wanted.unit),
    ):
        if value is not None:
            found.append(column.is_(None) if value == DESK else column == value)
    if wanted.since is not None:
        found.append(HotlineTicket.first_contact_at >= wanted.since)
    if wanted.until is not None:
        found.append(HotlineTicket.first_contact_at < wanted.until)
    if wanted.part is not None:
        found += [counted(), part_of(wanted.part, now)]
    return found


def _due_by(at: datetime) -> ColumnElement[bool]:
    """A condition: its answer is due by then. Of one that was answered and opened again, at the same pace from then on."""
    opened = HotlineTicket.first_answered_at.is_not(None)
    return or_(and_(~opened, HotlineTicket.due_at <= at), and_(opened, HotlineTicket.reopened_at <= at - LAW_LIMIT))


def _mine(sight: Sight) -> ColumnElement[bool]:
    """In the reader's hands, or their unit's while nobody of it has it in hand."""
    of_units = (
        and_(HotlineTicket.unit_id.in_(sight.units), HotlineTicket.taken_by.is_(None), HotlineTicket.state.in_(MINE_STATES))
        if sight.units
        else false()
    )
    return or_(HotlineTicket.taken_by == sight.account_id, of_units)


# Made once: an alias is made anew of forty columns each time.
_ABOVE = aliased(HotlineTicket)
Listed = Row[HotlineTicket, str | None, str | None, str | None]


def page_of(
    session: Session, wanted: Wanted, sight: Sight, now: datetime, *, after: tuple[datetime, int] | None, most: int
) -> Sequence[Listed]:
    """Rows of (ticket, name of its unit, who has it, code of the ticket that it stands under), one page of them.

    after: time and number of the last row of the page before.
    """
    newest_first = wanted.which in BY_COMING
    at = HotlineTicket.first_contact_at if newest_first else HotlineTicket.due_at
    query = (
        select(HotlineTicket, HotlineUnit.name, Account.username, _ABOVE.code)
        .outerjoin(HotlineUnit, HotlineUnit.id == HotlineTicket.unit_id)
        .outerjoin(Account, Account.id == HotlineTicket.taken_by)
        .outerjoin(_ABOVE, _ABOVE.id == HotlineTicket.bundled_under_id)
        .where(*conditions(wanted, sight, now))
        .limit(most)
    )
    key = tuple_(at, HotlineTicket.id)
    if after is not None:
        last = tuple_(*after)
        query = query.where(key < last if newest_first else key > last)
    order = (at.desc(), HotlineTicket.id.desc()) if newest_first else (at, HotlineTicket.id)
    return session.execute(query.order_by(*order)).all()


def count_waiting(account_id: int, zones: frozenset[int] | None) -> Select[int]:
    """How many wait that nobody has in hand, for the menu: new ones, and those handed to a unit in which somebody works."""
    member = select(HotlineMember.unit_id).where(HotlineMember.account_id == account_id)
    theirs = and_(HotlineTicket.state == TicketState.HANDED_OVER, HotlineTicket.unit_id.in_(member))
    new = and_(HotlineTicket.state == TicketState.NEW, visible(Sight(account_id, zones, frozenset())))
    return select(func.count()).select_from(HotlineTicket).where(untaken(), or_(new, theirs))


def earlier_of(
    sight: Sight,
    *,
    caller: str = "",
    residents: Collection[int] = (),
    households: Collection[int] = (),
    but: int = 0,
    most: int = 10,
) -> Select[HotlineTicket]:
    """The newest tickets of a number, of people, or of households."""
    same: list[ColumnElement[bool]] = []
    if caller:
        same.append(HotlineTicket.caller == caller)
    if residents:
        same.append(HotlineTicket.resident_id.in_(residents))
    if households:
        same.append(HotlineTicket.household_id.in_(households))
    newest = select(HotlineTicket).where(or_(false(), *same), HotlineTicket.id != but, visible(sight))
    return newest.order_by(HotlineTicket.first_contact_at.desc()).limit(most)


def nearby(
    kind: TicketKind, at: datetime, within: timedelta, sight: Sight, but: int = 0, most: int = 200
) -> Select[HotlineTicket]:
    """Waiting tickets of one kind that came about a time, for whoever compares places."""
    around = HotlineTicket.first_contact_at.between(at - within, at + within)
    query = select(HotlineTicket).where(HotlineTicket.kind == kind, around, waits(), HotlineTicket.id != but, visible(sight))
    return query.order_by(HotlineTicket.first_contact_at.desc()).limit(most)
