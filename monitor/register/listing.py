"""Reads one page of the list by key: what it costs depends on the page and not on how many people there are.

Many match: the list is walked in its order until the page is full. Few match: these are found by an index and sorted. Which of both it
is shows by itself: a bounded walk comes first, and what narrows most is counted up to a bound.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from monitor.database.many_rows import one_of
from monitor.models.people.residents import Household, OrderState, Presence, QuarantineOrder, Resident
from monitor.models.places import Room
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.rounds import CheckIn
from monitor.people.orders import in_force
from monitor.problems import BadInput
from monitor.register.criteria import Criteria, Order
from monitor.register.narrowing import Narrowing, narrowings
from monitor.words import N_

PAGE = 50
# Rows that a walk may look at before it is given up, and matches that are few enough to be sorted.
_WALKED, _FEW = 3000, 20_000

# The order by whose end the list is sorted; conditions ask about orders of their own.
_HOLDING = aliased(QuarantineOrder, name="holding")


@dataclass(frozen=True)
class Entry:
    """One line of the list. order: the one that holds them, else the newest; answered_at: of the newest answer."""

    resident: Resident
    room: Room | None
    household_phone_tail: str
    order: QuarantineOrder | None
    presence: Presence | None
    check_in: CheckIn | None
    answered_at: datetime | None


@dataclass(frozen=True)
class Page:
    """following: the key to go on behind the last one; "" where nobody is left."""

    entries: list[Entry]
    following: str


def page_of(
    session: Session, criteria: Criteria, zones: Sequence[int] | None, now: datetime, after: str = "", size: int = PAGE
) -> Page:
    """A page of people. zones: of the reader; None: all. after: the key that the page before gave. Raises BadInput."""
    numbers, following = numbers_of(session, criteria, zones, now, after, size)
    return Page(entries_of(session, numbers), following)


def all_numbers(
    session: Session, criteria: Criteria, zones: Sequence[int] | None, now: datetime, size: int
) -> Iterator[list[int]]:
    """The numbers of all who match, in the order of the list, so many at a time."""
    after = ""
    while True:
        numbers, after = numbers_of(session, criteria, zones, now, after, size)
        if numbers:
            yield numbers
        if not after:
            return


def numbers_of(
    session: Session, criteria: Criteria, zones: Sequence[int] | None, now: datetime, after: str, size: int
) -> tuple[list[int], str]:
    """Numbers of residents of one page, and the key to go on behind it."""
    asked = narrowings(session, criteria, zones, now)
    conditions = [each.condition for each in asked]
    keys, walked, joined = _ordered(criteria.order, now)
    behind = [_behind(keys, criteria.order, after)] if after else []
    wanted = joined.where(*conditions, *behind).order_by(*walked).limit(size + 1)
    rows = _by_walking(session, criteria.order, now, behind, wanted, size, _reader_zone(criteria, zones))
    if rows is None:
        few = _fewest(session, asked)
        rows = list(session.execute(wanted if few is None else wanted.where(Resident.id.in_(few))))
    following = json.dumps([_told(value) for value in rows[size - 1][1:]]) if len(rows) > size else ""
    return [row[0] for row in rows[:size]], following


def _ordered(order: Order, now: datetime) -> tuple[list[ColumnElement[Any]], list[ColumnElement[Any]], Select[Any]]:
    """The key of a place in the list, the order, and the statement that selects a number with its key."""
    keys: list[Any]
    match order:
        case Order.NAME:
            keys = [Resident.sort_key, Resident.id]
            return keys, keys, select(Resident.id, *keys)
        case Order.NEWEST:
            keys = [Resident.id]
            return keys, [Resident.id.desc()], select(Resident.id, *keys)
        case Order.ENDS:
            keys = [_HOLDING.ends_at, _HOLDING.id]
            joined = select(Resident.id, *keys).join(_HOLDING, _HOLDING.resident_id == Resident.id)
            return keys, keys, joined.where(in_force(now, _HOLDING))


def _behind(keys: Sequence[Any], order: Order, after: str) -> ColumnElement[bool]:
    try:
        values = json.loads(after)
        if not isinstance(values, list) or len(values) != len(keys):
            raise ValueError
        if order is Order.ENDS:
            values[0] = datetime.fromisoformat(values[0])
        elif order is Order.NAME and not isinstance(values[0], str):
            raise ValueError
        if not isinstance(values[-1], int):
            raise ValueError
    except (ValueError, TypeError):
        raise BadInput(N_("This address is incomplete. Go back to the start of the list.")) from None
    behind: ColumnElement[bool] = Resident.id < values[0] if order is Order.NEWEST else tuple_(*keys) > tuple_(*values)
    return behind


def _told(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _reader_zone(criteria: Criteria, zones: Sequence[int] | None) -> int | None:
    return criteria.zone if criteria.zone is not None else zones[0] if zones is not None and len(zones) == 1 else None


def _by_walking(
    session: Session,
    order: Order,
    now: datetime,
    behind: Sequence[ColumnElement[bool]],
    wanted: Select[Any],
    size: int,
    zone: int | None,
) -> list[Any] | None:
    """The page, where it is full within so many rows of the list; None where it is not, and the list goes on."""
    if order is Order.ENDS:
        stretch = select(_HOLDING.resident_id.label("id")).where(in_force(now, _HOLDING), *behind)
        stretch = stretch.order_by(_HOLDING.ends_at, _HOLDING.id)
    else:
        by = [Resident.id.desc()] if order is Order.NEWEST else [Resident.sort_key, Resident.id]
        stretch = select(Resident.id).where(*behind).order_by(*by)
        if zone is not None:
            stretch = stretch.where(Resident.zone_id == zone)
    stretch = stretch.limit(_WALKED)
    rows = list(session.execute(wanted.where(Resident.id.in_(select(stretch.subquery().c.id)))))
    if len(rows) > size:
        return rows
    looked_at = session.scalar(select(func.count()).select_from(stretch.subquery())) or 0
    return rows if looked_at < _WALKED else None


def _fewest(session: Session, asked: Sequence[Narrowing]) -> Select[Any] | None:
    """What narrows most, if that is to few."""
    counted: list[tuple[int, int]] = []
    for place, each in enumerate(asked):
        if each.few is not None:
            most = counted[0][0] if counted else _FEW
            number = session.scalar(select(func.count()).select_from(each.few.limit(most + 1).subquery())) or 0
            if number <= most:
                counted = [(number, place)]
    return asked[counted[0][1]].few if counted else None


def entries_of(session: Session, numbers: Sequence[int]) -> list[Entry]:
    """What a line shows of each; one statement."""
    orders = (
        select(QuarantineOrder.id)
        .where(QuarantineOrder.resident_id == Resident.id)
        .order_by((QuarantineOrder.state != OrderState.ACTIVE), QuarantineOrder.ends_at.desc(), QuarantineOrder.id.desc())
        .limit(1)
        .correlate(Resident)
        .scalar_subquery()
    )
    newest = (
        select(CheckIn.id)
        .where(CheckIn.resident_id == Resident.id)
        .order_by(CheckIn.opened_at.desc(), CheckIn.id.desc())
        .limit(1)
        .correlate(Resident)
        .scalar_subquery()
    )
    answered = (
        select(Answer.received_at)
        .where(Answer.resident_id == Resident.id)
        .order_by(Answer.received_at.desc())
        .limit(1)
        .correlate(Resident)
        .scalar_subquery()
    )
    rows = session.execute(
        select(Resident, Room, Household.phone_tail, QuarantineOrder, Presence, CheckIn, answered)
        .outerjoin(Room, Room.id == Resident.room_id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .outerjoin(QuarantineOrder, QuarantineOrder.id == orders)
        .outerjoin(Presence, Presence.resident_id == Resident.id)
        .outerjoin(CheckIn, CheckIn.id == newest)
        .where(one_of(Resident.id, list(numbers)))
    )
    found = {row[0].id: Entry(row[0], row[1], row[2] or "", *row[3:]) for row in rows}
    return [found[number] for number in numbers if number in found]
