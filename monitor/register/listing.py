"""Reads one page of the list by key: what it costs depends on the page and not on how many people there are.

Few match: these are found by an index and sorted. Many match: the list is walked in its order until the page is full. Which of both it
is shows by itself: what was typed is looked up once; else a short walk comes first, and where it found some, one as long as the page
should need; then what narrows most is counted up to a bound. Where nothing answers, each filter leaves many and all of them together
leave next to nobody: the page holds whom a longer, bounded walk found, and the next one goes on from there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, inspect, select, tuple_
from sqlalchemy.orm import Session, aliased

from monitor.database.expressions import one_after_other
from monitor.database.many_rows import one_of
from monitor.database.people_index import LISTED
from monitor.models.people.residents import Household, OrderState, Presence, QuarantineOrder, Resident
from monitor.models.places import Room
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.rounds import CheckIn
from monitor.people.orders import in_force
from monitor.problems import BadInput
from monitor.register.criteria import Criteria, Order
from monitor.register.narrowing import FEW, Narrowing, among, looked_up, name_in, named_so, narrowings
from monitor.words import N_

PAGE = 50
# People of the list that a page looks at: first, and at most in each step after; and how many more than it should need.
_FIRST, _MOST, _SPARE = 300, 4000, 1.3
# People that are looked at in one statement where all who match are wanted, not a page.
_STRETCH, _UNREACHED = 10_000, 1_000_000

# The order by whose end the list is sorted; conditions ask about orders of their own.
_PEOPLE: FromClause = inspect(Resident).local_table
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
    """following: the key to go on behind the last one, or behind the last who was looked at; "" where nobody is left.

    broken_off: the page is not full, since a page looks at so many people and no more; others may follow, or nobody.
    """

    entries: list[Entry]
    following: str
    broken_off: bool


@dataclass(frozen=True)
class _List:
    """The list in its order. rows: selects who of the table, and the key of a place in it; person, keys: its columns.

    downwards: so it is sorted.
    """

    rows: Select[Any]
    table: FromClause
    person: ColumnElement[int]
    keys: tuple[Any, ...]
    downwards: bool = False

    def sorted_by(self, keys: Sequence[Any]) -> list[Any]:
        """These columns, which hold the key, as the list is sorted by them."""
        return [each.desc() if self.downwards else each for each in keys]

    def behind(self, place: Sequence[Any]) -> ColumnElement[bool]:
        """The condition that somebody comes after this place."""
        here, there = tuple_(*self.keys), tuple_(*place)
        condition: ColumnElement[bool] = here < there if self.downwards else here > there
        return condition


def page_of(
    session: Session, criteria: Criteria, zones: Sequence[int] | None, now: datetime, after: str = "", size: int = PAGE
) -> Page:
    """A page of people. zones: of the reader; None: all. after: the key that the page before gave. Raises BadInput."""
    asked, the_list = narrowings(session, criteria, zones, now), _list_of(criteria, among(criteria, zones), now)
    begin = _read(criteria.order, len(the_list.keys), after)
    name, few = name_in(criteria.typed), _known(asked)
    rows: list[Any] = []
    place, done = begin, False
    if few is None:
        whom = [*asked, Narrowing(named_so(name))] if name else asked
        rows, place = _walk_a_little(session, the_list, whom, begin, size + 1)
        # Where nobody was found, the words may be a place's.
        done = place is None and (bool(rows) or not name)
    if not done:
        asked += looked_up(session, name) if name else []
        place = place if rows else begin
        known = _known(asked)
        few = _fewest(session, asked) if known is None else known
        if few is None:
            found, place = _walk(session, the_list, asked, place, _MOST, size + 1 - len(rows))
        else:
            found, place = _all_of(session, the_list, asked, few, place, size + 1 - len(rows)), None
        rows += found
    full = len(rows) > size
    following = rows[size - 1][1:] if full else place
    entries = entries_of(session, [row[0] for row in rows[:size]])
    return Page(entries, _written(following) if following is not None else "", broken_off=place is not None)


def all_numbers(
    session: Session, criteria: Criteria, zones: Sequence[int] | None, now: datetime, size: int
) -> Iterator[list[int]]:
    """The numbers of all who match, in the order of the list, at most so many at a time."""
    asked, the_list = narrowings(session, criteria, zones, now), _list_of(criteria, among(criteria, zones), now)
    name, place = name_in(criteria.typed), None
    asked += looked_up(session, name) if name else []
    known = _known(asked)
    few = _fewest(session, asked) if known is None else known
    while True:
        if few is not None:
            rows = _all_of(session, the_list, asked, few, None, None)
        else:
            rows, place = _walk(session, the_list, asked, place, _STRETCH, None)
        for begin in range(0, len(rows), size):
            yield [row[0] for row in rows[begin : begin + size]]
        if place is None:
            return


def _list_of(criteria: Criteria, whom: Sequence[ColumnElement[bool]], now: datetime) -> _List:
    """whom: conditions on the list by name and by number, from which it can be walked."""
    table: FromClause = LISTED
    person: Any = LISTED.c.resident_id
    keys: tuple[Any, ...] = (person,) if criteria.order is Order.NEWEST else (LISTED.c.sort_key, person)
    if criteria.order is Order.ENDS:
        table, person, keys = inspect(_HOLDING).selectable, _HOLDING.resident_id, (_HOLDING.ends_at, _HOLDING.id)
        whom = [in_force(now, _HOLDING)]
    named = (each.label(f"key_{place}") for place, each in enumerate(keys))
    rows = select(person.label("who"), *named).where(*whom)
    return _List(rows, table, person, keys, downwards=criteria.order is Order.NEWEST)


def _walk(
    session: Session, the_list: _List, asked: Sequence[Narrowing], place: Sequence[Any] | None, most: int, size: int | None
) -> tuple[list[Any], Sequence[Any] | None]:
    """Who matches of the next so many people of the list, at most so many of them: numbers with their keys.

    Returns them and the place of the last who was looked at; None where the list ends before that, or enough were found.
    """
    stretch = the_list.rows.order_by(*the_list.sorted_by(the_list.keys)).limit(most)
    if place is not None:
        stretch = stretch.where(the_list.behind(place))
    part = stretch.subquery("stretch")
    who, *keys = part.c
    by = the_list.sorted_by(keys)
    rows = list(session.execute(_who_match(part, who, asked).order_by(*by).limit(size)))
    if size is not None and len(rows) == size:
        return rows, None
    return rows, session.execute(select(*keys).order_by(*by).offset(most - 1).limit(1)).first()


def _walk_a_little(
    session: Session, the_list: _List, asked: Sequence[Narrowing], place: Sequence[Any] | None, size: int
) -> tuple[list[Any], Sequence[Any] | None]:
    """Walk once, and where that found some, as far again as the rest should need, if that is not far; returns as `_walk`."""
    rows, place = _walk(session, the_list, asked, place, _FIRST, size)
    likely = _SPARE * _FIRST * (size - len(rows)) / len(rows) if rows else _MOST + 1
    if place is None or likely > _MOST:
        return rows, place
    found, place = _walk(session, the_list, asked, place, int(likely) + 1, size - len(rows))
    return rows + found, place


def _all_of(
    session: Session,
    the_list: _List,
    asked: Sequence[Narrowing],
    few: Collection[int],
    place: Sequence[Any] | None,
    size: int | None,
) -> list[Any]:
    """Who matches of these few, from a place of the list on, at most so many."""
    wanted = the_list.rows.where(one_of(the_list.person, few))
    if place is not None:
        wanted = wanted.where(the_list.behind(place))
    # A bound that nobody reaches: without it PostgreSQL may walk the whole list for the first of a page, instead of looking at the few.
    # In their order before they are looked at: where all match, no more than a page of them is.
    part = wanted.order_by(*the_list.sorted_by(the_list.keys)).limit(_UNREACHED).subquery("few")
    who, *keys = part.c
    return list(session.execute(_who_match(part, who, asked).order_by(*the_list.sorted_by(keys)).limit(size)))


def _who_match(part: FromClause, who: ColumnElement[int], asked: Sequence[Narrowing]) -> Select[Any]:
    """Who of a part of the list match. Their own rows, of which few lie together, are read where something in them is asked for."""
    by_number = [each.of(who) for each in asked if each.of is not None]
    by_row = [each.condition for each in asked if each.of is None]
    if not by_row:
        return select(*part.c).where(*by_number)
    return select(*part.c).select_from(one_after_other(part, _PEOPLE, Resident.id == who)).where(*by_number, *by_row)


def _read(order: Order, keys: int, after: str) -> Sequence[Any] | None:
    """A place in the list, as `_written` wrote it; None: the beginning. Raises BadInput."""
    if not after:
        return None
    try:
        values = json.loads(after)
        if not isinstance(values, list) or len(values) != keys or not isinstance(values[-1], int):
            raise ValueError
        if order is Order.ENDS:
            values[0] = datetime.fromisoformat(values[0])
        elif order is Order.NAME and not isinstance(values[0], str):
            raise ValueError
    except (ValueError, TypeError):
        raise BadInput(N_("This address is incomplete. Go back to the start of the list.")) from None
    return values


def _written(place: Sequence[Any]) -> str:
    return json.dumps([each.isoformat() if isinstance(each, datetime) else each for each in place])


def _known(asked: Sequence[Narrowing]) -> Collection[int] | None:
    """The few who were found already by all that was typed; None where nothing was, or it means many."""
    read = [set(each.numbers) for each in asked if each.numbers is not None]
    return set.intersection(*read) if read else None


def _fewest(session: Session, asked: Sequence[Narrowing]) -> Collection[int] | None:
    """The numbers of those who are meant by what narrows most, if they are few."""
    fewest, most = None, FEW
    for each in asked:
        if each.few is not None:
            number = session.scalar(select(func.count()).select_from(each.few.limit(most + 1).subquery())) or 0
            if number <= most:
                fewest, most = each.few, number
    return None if fewest is None else set(session.scalars(fewest))


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
