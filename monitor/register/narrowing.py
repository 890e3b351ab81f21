"""What each criterion means in the database: a condition on residents, and where few are meant, how these are found at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, true, union, union_all
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.database.name_index import named
from monitor.database.people_index import LISTED
from monitor.documents import read_document
from monitor.folding import folded
from monitor.incidents.risks import born_before
from monitor.incidents.triage import Risk
from monitor.incidents.triage_table import in_force as warning_signs
from monitor.models.people.guardians import Guardian
from monitor.models.people.laboratory import LaboratoryTest
from monitor.models.people.residents import OVER, Household, OrderState, Presence, QuarantineOrder, Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.answers import Answer
from monitor.people.due_tests import due_by
from monitor.people.orders import in_force
from monitor.people.telephone_numbers import spellings
from monitor.places.units.search import codes_found
from monitor.problems import BadInput
from monitor.register.common_names import LOOKED_AT, of_many
from monitor.register.criteria import Criteria, Order, Standing, taken_apart
from monitor.settings import FIRST_TIMEZONE

MOST_ROOMS, MOST_UNITS = 500, 40
# So many people are few enough to be sorted.
FEW = 4000
VIETNAM = ZoneInfo(FIRST_TIMEZONE)
_HAVE_A_PLACE = (Standing.HERE, Standing.IN_FORCE, Standing.AWAITING, Standing.HOSPITALISED)


@dataclass(frozen=True)
class Narrowing:
    """condition: on Resident. few: selects the numbers of those who are meant by an index, perhaps with more; None: they are many.

    numbers: of `few`, where they were read and are at most `FEW`. of: the condition on a person's number, where it asks for nothing that
    stands in the person's row: a walk then does without these wide rows.
    """

    condition: ColumnElement[bool]
    few: Select[Any] | None = None
    numbers: Sequence[int] | None = None
    of: Callable[[Any], ColumnElement[bool]] | None = None


def _by_number(of: Callable[[Any], ColumnElement[bool]], few: Select[Any]) -> Narrowing:
    return Narrowing(of(Resident.id), few, of=of)


def _has(rows: Select[Any]) -> ColumnElement[bool]:
    """Whether there are such rows, asked of each person by an index. PostgreSQL would collect all rows first, for a page of fifty."""
    return exists(rows.offset(0))


def narrowings(session: Session, criteria: Criteria, zones: Sequence[int] | None, now: datetime) -> list[Narrowing]:
    """All that the criteria and the reader's zones (None: all) ask for, but the words of a name: see `name_in`."""
    found = [*_kept(criteria), *_of_places(criteria, zones), *_of_orders(criteria, zones, now)]
    found += [*_of_person(session, criteria, zones, now), *_of_typed(session, criteria.typed, zones)]
    return found


def among(criteria: Criteria, zones: Sequence[int] | None) -> list[ColumnElement[bool]]:
    """Conditions on `LISTED` that hold for everybody who is meant, and by which it has an index: one zone, and having a place."""
    conditions: list[ColumnElement[bool]] = []
    if criteria.zone is not None:
        conditions.append(LISTED.c.zone_id == criteria.zone)
    elif zones is not None and len(zones) == 1:
        conditions.append(LISTED.c.zone_id == zones[0])
    if criteria.standing in _HAVE_A_PLACE:
        conditions.append(LISTED.c.here)
    return conditions


def _kept(criteria: Criteria) -> Iterator[Narrowing]:
    """Nobody who was deleted. They have no row in `LISTED`; the list by orders is another one."""
    if criteria.order is Order.ENDS:
        yield Narrowing(Resident.deleted_at.is_(None))


def _of_places(criteria: Criteria, zones: Sequence[int] | None) -> Iterator[Narrowing]:
    if zones is not None:
        mine = one_of(LISTED.c.zone_id, list(zones))
        placed_so = [LISTED.c.here] if criteria.standing in _HAVE_A_PLACE else []
        yield Narrowing(one_of(Resident.zone_id, list(zones)), select(LISTED.c.resident_id).where(mine, *placed_so))
    if criteria.zone is not None:
        yield Narrowing(Resident.zone_id == criteria.zone, select(LISTED.c.resident_id).where(*among(criteria, zones)))
    if criteria.room is not None:
        yield Narrowing(Resident.room_id == criteria.room, select(Resident.id).where(Resident.room_id == criteria.room))
    if criteria.unit:
        yield Narrowing(Resident.unit_code == criteria.unit, select(Resident.id).where(Resident.unit_code == criteria.unit))


def _of_orders(criteria: Criteria, zones: Sequence[int] | None, now: datetime) -> Iterator[Narrowing]:
    whose = select(QuarantineOrder.resident_id)

    def has(*conditions: ColumnElement[bool]) -> Callable[[Any], ColumnElement[bool]]:
        return lambda number: _has(select(QuarantineOrder.id).where(QuarantineOrder.resident_id == number, *conditions))

    match criteria.standing:
        case Standing.HERE:
            # Everybody in the list is, by `among`; and whom an order holds by whose end it is sorted.
            yield _by_number(lambda _number: true(), select(LISTED.c.resident_id).where(*among(criteria, zones)))
        case Standing.IN_FORCE:
            yield _by_number(has(in_force(now)), whose.where(in_force(now)))
        case Standing.AWAITING:
            never = select(LISTED.c.resident_id).where(LISTED.c.held_until.is_(None))
            yield _by_number(lambda number: ~has()(number), never)
        case Standing.HOSPITALISED | Standing.LEFT:
            is_so = QuarantineOrder.state == OrderState(criteria.standing.value)
            yield _by_number(has(is_so), whose.where(is_so))
        case Standing.OVER:
            ended = or_(QuarantineOrder.state.in_(OVER), QuarantineOrder.ends_at <= now)
            over = select(LISTED.c.resident_id).where(LISTED.c.held_until <= now)
            yield _by_number(lambda number: and_(has(ended)(number), ~has(~ended)(number)), over)
        case Standing.ALL:
            pass
    if criteria.ends_days is not None:
        soon = and_(in_force(now), QuarantineOrder.ends_at <= now + timedelta(days=criteria.ends_days))
        yield _by_number(has(soon), whose.where(soon))


def _of_person(session: Session, criteria: Criteria, zones: Sequence[int] | None, now: datetime) -> Iterator[Narrowing]:
    if criteria.presence is not None:
        is_so = Presence.state == criteria.presence
        yield _by_number(
            lambda number: _has(select(Presence.resident_id).where(Presence.resident_id == number, is_so)),
            select(Presence.resident_id).where(is_so),
        )
    if criteria.unanswered_hours is not None:
        yield _unanswered(criteria, zones, now - timedelta(hours=criteria.unanswered_hours))
    if criteria.test_due_days is not None:
        # Whose clock it is a list over all zones cannot say; Vietnam's has no other.
        due = due_by(now.astimezone(VIETNAM).date() + timedelta(days=criteria.test_due_days))
        yield _by_number(
            lambda number: _has(select(LaboratoryTest.id).where(LaboratoryTest.resident_id == number, due)),
            select(LaboratoryTest.resident_id).where(due).distinct(),
        )
    if criteria.f_status is not None:
        condition = Resident.f_status == criteria.f_status
        yield Narrowing(condition, select(Resident.id).where(condition))
    ages: list[ColumnElement[bool]] = []
    if criteria.age_from:
        ages.append(Resident.birth_date <= born_before(now, criteria.age_from))
    if criteria.age_to is not None:
        ages.append(Resident.birth_date > born_before(now, criteria.age_to + 1))
    if ages:
        yield Narrowing(and_(*ages), select(Resident.id).where(*ages))
    if criteria.risk is not None:
        noted: dict[Risk, ColumnElement[bool]] = {
            Risk.LONG_ILLNESS: Resident.long_illness.expression,
            Risk.PREGNANT: Resident.pregnant.expression,
            Risk.ALONE: Resident.lives_alone.expression,
        }
        old = Resident.birth_date <= born_before(now, warning_signs(session, now).old_from)
        condition = noted.get(criteria.risk, old)
        yield Narrowing(condition, select(Resident.id).where(condition))


def _unanswered(criteria: Criteria, zones: Sequence[int] | None, since: datetime) -> Narrowing:
    def unanswered(number: Any) -> ColumnElement[bool]:
        return ~_has(select(Answer.id).where(Answer.resident_id == number, Answer.received_at > since))

    silent = select(LISTED.c.resident_id).where(LISTED.c.here, LISTED.c.answered_at <= since)
    if criteria.standing in _HAVE_A_PLACE:
        return _by_number(unanswered, silent.where(*among(criteria, zones)))
    # Who has no place any more is not asked, and so is among them.
    gone = select(LISTED.c.resident_id).where(~LISTED.c.here)
    return _by_number(unanswered, select(union_all(silent, gone).subquery().c[0]))


def _of_typed(session: Session, typed: str, zones: Sequence[int] | None) -> Iterator[Narrowing]:
    """All that was typed but a name alone, of which `looked_up` is asked where it pays."""
    apart = taken_apart(typed)
    if apart.number:
        yield _read(session, _with_number(apart.number))
        return
    for word in apart.words:
        if _is_of_place(word):
            yield _read(session, _in_room_or_named(session, word, zones, apart.tail if len(apart.words) == 1 else ""))


def name_in(typed: str) -> list[str]:
    """The words of a name in what was typed; none where it is a number."""
    apart = taken_apart(typed)
    return [] if apart.number else [word for word in apart.words if not _is_of_place(word)]


def _is_of_place(word: str) -> bool:
    return any(sign.isdigit() for sign in word)


def looked_up(session: Session, name: Sequence[str]) -> list[Narrowing]:
    """Who is meant by the words of a name, by the index; where nobody's name has all of them, the last ones are a place's.

    It costs what all take who have one of the words: first see whether a walk does without.
    """
    by_name = _by_name(session, name)
    by_place = None if by_name.numbers or by_name.numbers is None else _named_in_place(session, name)
    return by_place or [by_name]


def _read(session: Session, found: Select[Any], otherwise: ColumnElement[bool] | None = None) -> Narrowing:
    """What was typed is looked up once. otherwise: the condition where it means many."""
    numbers = session.scalars(found.limit(FEW + 1)).all()
    if len(numbers) <= FEW:
        return Narrowing(one_of(Resident.id, numbers), found, numbers)
    return Narrowing(Resident.id.in_(found) if otherwise is None else otherwise)


def _by_name(session: Session, name: Sequence[str]) -> Narrowing:
    """Who has these words in the name; looked up where that is not the name of many."""
    newest = session.scalar(select(func.max(Resident.id))) or 0
    distance = max(1, newest // LOOKED_AT)
    some = select(Resident.name_folded).where(one_of(Resident.id, range(1, newest + 1, distance)))
    if of_many(name, session.scalars(some).all(), distance, FEW):
        return Narrowing(named_so(name))
    return _read(session, named(session, name), named_so(name))


def named_so(words: Sequence[str]) -> ColumnElement[bool]:
    """For each of these a word of the name begins with it."""
    return and_(*(Resident.name_folded.contains(f" {word}", autoescape=True) for word in words))


def _with_number(typed: str) -> Select[Any]:
    """Whose telephone, household's telephone, guardian's telephone or document has just this number."""
    numbers = spellings(typed)
    try:
        document = read_document(typed)
    except BadInput:
        document = ""
    found: list[Select[Any]] = [
        select(Resident.id).where(Resident.phone.in_(numbers)),
        _of_households(Household.phone.in_(numbers)),
        # Whoever calls staff back may be somebody who answers for a child.
        select(Guardian.resident_id).where(Guardian.phone.in_(numbers), Guardian.ended_at.is_(None)),
    ]
    if document:
        found += [
            select(Resident.id).where(column == document) for column in (Resident.document_number, Resident.earlier_number)
        ]
    # A card of health insurance has its ten digits at the end.
    if document[-10:].isdecimal() and len(document) in (10, 15):
        found.append(select(Resident.id).where(Resident.insurance_number == document[-10:]))
    return select(union(*found).subquery().c[0])


def _in_room_or_named(session: Session, word: str, zones: Sequence[int] | None, tail: str) -> Select[Any]:
    """Who is in a room whose name has a word beginning like this, or has it in the name; or whose number ends so."""
    # Small letters of all rooms of a province take longer than the search.
    name = Room.name if word.isdecimal() else func.lower(Room.name)
    rooms = select(Room.id).where(or_(name.startswith(word, autoescape=True), name.contains(f" {word}", autoescape=True)))
    if zones is not None:
        rooms = rooms.where(one_of(Room.zone_id, list(zones)))
    found: list[Select[Any]] = [
        named(session, [word]),
        select(Resident.id).where(one_of(Resident.room_id, list(session.scalars(rooms.limit(MOST_ROOMS))))),
    ]
    if tail:
        found += [
            select(Resident.id).where(Resident.phone_tail == tail),
            select(Resident.id).where(Resident.document_tail == tail),
            _of_households(Household.phone_tail == tail),
        ]
    return select(union(*found).subquery().c[0])


def _of_households(condition: ColumnElement[bool]) -> Select[Any]:
    return select(Resident.id).join(Household, Household.id == Resident.household_id).where(condition)


def _named_in_place(session: Session, words: Sequence[str]) -> list[Narrowing] | None:
    """Where nobody has all these words in the name: the last of them are a zone's or a unit's, those before a name's."""
    zones = {zone: folded(name) for zone, name in session.execute(select(Zone.id, Zone.name))}
    for split in range(len(words)):
        name, place = words[:split], words[split:]
        there = [zone for zone, plain in zones.items() if all(f" {word}" in plain for word in place)]
        codes = codes_found(session, " ".join(place), most=MOST_UNITS)
        found: list[Select[Any]] = []
        if there:
            found.append(select(Resident.id).where(one_of(Resident.zone_id, there)))
        if codes:
            found.append(select(Resident.id).where(one_of(Resident.unit_code, codes)))
            found.append(_of_households(one_of(Household.unit_code, codes)))
        if not found:
            continue
        placed_there = select(union(*found).subquery().c[0]) if len(found) > 1 else found[0]
        narrowed = [Narrowing(Resident.id.in_(placed_there), placed_there)]
        if name:
            by_name = _by_name(session, name)
            if by_name.numbers is not None and not by_name.numbers:
                continue
            narrowed.append(by_name)
        return narrowed
    return None
