"""Who may be the same person twice: by numbers for certain, by name with date and place likely, by name alone never.

In 100,000 Vietnamese people 94 of 100 have an exact namesake, and 187 pairs also share the day of birth; so a name only counts
together with what is rare. Pure decisions, and one search that brings who is worth comparing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, Date, Integer, Select, String, and_, select
from sqlalchemy.orm import Session

from monitor.database.database import insert_new
from monitor.database.many_rows import given_rows, one_of
from monitor.enrolment.details import Details
from monitor.folding import folded
from monitor.models.people.imports import NotTheSame
from monitor.models.people.residents import BirthPrecision, Household, Resident
from monitor.models.sealed_columns import DOCUMENT, INSURANCE, PHONE, SealedText
from monitor.people.births import Birth, birth_of
from monitor.words import N_, Words, words

_CITIZEN_CARD = 12  # digits
MOST_SUGGESTED = 5


class Sameness(IntEnum):
    """How sure it is that two are one. Only a person ever decides it, but what is certain is not entered twice."""

    POSSIBLE = 1
    LIKELY = 2
    CERTAIN = 3


@dataclass(frozen=True)
class Marks:
    """What a person is recognised by. phones: in one form each; unit: code of the address's."""

    name: str
    birth: Birth | None = None
    documents: frozenset[str] = frozenset()
    insurance: str = ""
    phones: frozenset[str] = frozenset()
    unit: str = ""


@dataclass(frozen=True)
class Match:
    """Someone who is known already."""

    resident_id: int
    zone_id: int
    full_name: str
    birth: Birth | None
    sameness: Sameness
    reason: Words
    two_cards: bool = False
    """Both have a citizen's card, and not the same one."""


def marks_of(details: Details, household_phone: str = "") -> Marks:
    """Of someone who is to be entered."""
    return Marks(
        folded(details.full_name),
        details.birth,
        frozenset(filter(None, (details.document_number, details.earlier_number))),
        details.insurance_number,
        frozenset(filter(None, (details.phone, household_phone))),
        details.unit.code if details.unit else "",
    )


def same_person(one: Marks, other: Marks) -> tuple[Sameness, Words] | None:
    """How sure it is, and why; None: nothing speaks for it. Pure and symmetrical."""
    if one.documents & other.documents:
        return Sameness.CERTAIN, words(N_("Same number of the identity card or passport."))
    if one.insurance and one.insurance == other.insurance:
        return Sameness.CERTAIN, words(N_("Same number of health insurance."))
    same_day = _same_day(one.birth, other.birth)
    phone, unit = bool(one.phones & other.phones), bool(one.unit) and one.unit == other.unit
    # Two cards of citizens are two people, whatever else is alike.
    likely = Sameness.POSSIBLE if two_cards(one, other) else Sameness.LIKELY
    if one.name == other.name:
        if same_day and phone:
            return likely, words(N_("Same name, date of birth and telephone number."))
        if same_day and unit:
            return likely, words(N_("Same name, date of birth and commune."))
        if same_day:
            return Sameness.POSSIBLE, words(N_("Same name and date of birth."))
        if unit and _same_year(one.birth, other.birth):
            return Sameness.POSSIBLE, words(N_("Same name, year of birth and commune."))
    if phone and one.name.split()[-1:] == other.name.split()[-1:] and not _other_birth(one.birth, other.birth):
        return Sameness.POSSIBLE, words(N_("Same telephone number and given name."))
    return None


def to_be_decided(sameness: Sameness, two_cards: bool) -> bool:
    """Whether a person must look before someone who may be there already is entered from a file.

    What is certain needs nobody, and two who show different cards are two people: their likeness is told, and keeps nobody out.
    """
    return sameness is not Sameness.CERTAIN and not two_cards


def matches(session: Session, people: Sequence[Marks], whose: Sequence[int | None] = ()) -> list[list[Match]]:
    """For each of these, who may be the same, the surest first. All of them take six statements, however many they are.

    whose: residents whom the marks are of, where they are entered already: they are not their own duplicates. Pairs that a person found
    to be two people are left out: with whose they are, and beside someone who matches more surely.
    """
    found: list[dict[int, Match]] = [{} for _person in people]
    if not people:
        return []
    for statement in _statements(session, people):
        for row in session.execute(statement):
            known = Marks(
                row.name_folded,
                birth_of(row.birth_date, row.birth_precision),
                frozenset(filter(None, (row.document_number, row.earlier_number))),
                row.insurance_number,
                frozenset(filter(None, (row.phone, row.household_phone))),
                row.unit_code or "",
            )
            mine = people[row.place]
            judged = same_person(mine, known)
            if judged is not None and not (whose and row.id == whose[row.place]):
                found[row.place][row.id] = Match(
                    row.id, row.zone_id, row.full_name, known.birth, *judged, two_cards=two_cards(mine, known)
                )
    asked = whose or [None] * len(people)
    apart = _apart(session, found, asked)
    sorted_ones = [sorted(each.values(), key=lambda match: (-match.sameness, match.resident_id)) for each in found]
    return [_without(each, own, apart)[:MOST_SUGGESTED] for each, own in zip(sorted_ones, asked, strict=True)]


def not_the_same(session: Session, one: int, other: int, account_id: int | None, now: datetime) -> None:
    """Note that two residents are two people, as someone found who looked: they are not suggested again. Safe to repeat."""
    first, second = sorted((one, other))
    row = {"one_id": first, "other_id": second, "noted_at": now, "noted_by": account_id}
    session.execute(insert_new(session, NotTheSame), [row])


def _apart(session: Session, found: Sequence[Mapping[int, Match]], whose: Sequence[int | None]) -> set[frozenset[int]]:
    """The pairs, among who was found, of which someone said that they are two people."""
    groups = [{*each, *([own] if own else [])} for each, own in zip(found, whose, strict=True)]
    ids = sorted({number for group in groups if len(group) > 1 for number in group})
    if not ids:
        return set()
    pairs = session.execute(
        select(NotTheSame.one_id, NotTheSame.other_id).where(one_of(NotTheSame.one_id, ids), one_of(NotTheSame.other_id, ids))
    )
    return {frozenset((row.one_id, row.other_id)) for row in pairs}


def _without(sorted_ones: Sequence[Match], own: int | None, apart: set[frozenset[int]]) -> list[Match]:
    kept: list[Match] = []
    for match in sorted_ones:
        surer = [each.resident_id for each in kept if each.sameness > match.sameness]
        if not any(frozenset((match.resident_id, other)) in apart for other in [*surer, *([own] if own else [])]):
            kept.append(match)
    return kept


def among(people: Sequence[Marks]) -> Mapping[int, tuple[int, Sameness, Words]]:
    """Within one list: place -> an earlier place that may be the same person, how sure, and why; the surest one."""
    known: defaultdict[tuple[str, object], list[int]] = defaultdict(list)
    found: dict[int, tuple[int, Sameness, Words]] = {}
    for place, person in enumerate(people):
        keys = _keys(person)
        for other in sorted({other for key in keys for other in known[key]}):
            judged = same_person(person, people[other])
            if judged is not None and (place not in found or judged[0] > found[place][1]):
                found[place] = (other, *judged)
        for key in keys:
            known[key].append(place)
    return found


def _keys(person: Marks) -> list[tuple[str, object]]:
    keys: list[tuple[str, object]] = [("document", number) for number in person.documents]
    keys += [("phone", number) for number in person.phones]
    if person.insurance:
        keys.append(("insurance", person.insurance))
    if person.birth is not None:
        keys.append(("name", (person.name, person.birth.first.year)))
    return keys


def _statements(session: Session, people: Sequence[Marks]) -> list[Select[Any]]:
    """What brings everybody worth comparing, each by an index; `place` is whom they are to be compared with."""
    document, insurance, phone = SealedText(DOCUMENT), SealedText(INSURANCE), SealedText(PHONE)
    documents = [{"place": place, "key": number} for place, each in enumerate(people) for number in sorted(each.documents)]
    insured = [{"place": place, "key": each.insurance} for place, each in enumerate(people) if each.insurance]
    phones = [{"place": place, "key": number} for place, each in enumerate(people) for number in sorted(each.phones)]
    born = [
        {
            "place": place,
            "key": each.name,
            "first": date(each.birth.first.year, 1, 1),
            "last": date(each.birth.first.year, 12, 31),
        }
        for place, each in enumerate(people)
        if each.birth is not None
    ]
    statements: list[Select[Any]] = []
    for rows, kind, columns in (
        (documents, document, (Resident.document_number, Resident.earlier_number)),
        (insured, insurance, (Resident.insurance_number,)),
        (phones, phone, (Resident.phone, Household.phone)),
    ):
        for column in columns if rows else ():
            given = given_rows(session, {"place": Integer(), "key": kind}, rows)
            statements.append(_known(given.c.place).join(given, column == given.c.key))
    if born:
        given = given_rows(session, {"place": Integer(), "key": String(), "first": Date(), "last": Date()}, born)
        statements.append(
            _known(given.c.place).join(
                given,
                and_(
                    Resident.name_folded == given.c.key,
                    Resident.birth_date >= given.c.first,
                    Resident.birth_date <= given.c.last,
                ),
            )
        )
    return statements


def _known(place: ColumnElement[int]) -> Select[Any]:
    statement: Any = (
        select(
            place,
            Resident.id,
            Resident.zone_id,
            Resident.full_name,
            Resident.name_folded,
            Resident.birth_date,
            Resident.birth_precision,
            Resident.document_number,
            Resident.earlier_number,
            Resident.insurance_number,
            Resident.phone,
            Household.phone.label("household_phone"),
            Resident.unit_code,
        )
        .select_from(Resident)
        .outerjoin(Household, Household.id == Resident.household_id)
        .where(Resident.deleted_at.is_(None))
    )
    return cast(Select[Any], statement)


def _same_day(one: Birth | None, other: Birth | None) -> bool:
    return one is not None and one == other and one.precision is BirthPrecision.DAY


def _same_year(one: Birth | None, other: Birth | None) -> bool:
    return one is not None and other is not None and one.first.year == other.first.year and not _other_birth(one, other)


def _other_birth(one: Birth | None, other: Birth | None) -> bool:
    """Whether they cannot have been born on one day."""
    return one is not None and other is not None and (one.first > other.last or other.first > one.last)


def two_cards(one: Marks, other: Marks) -> bool:
    """Whether both have citizen's cards, and none in common: then they are two people."""
    mine, theirs = (
        {number for number in each.documents if number.isdecimal() and len(number) == _CITIZEN_CARD} for each in (one, other)
    )
    return bool(mine) and bool(theirs) and not mine & theirs
