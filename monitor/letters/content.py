"""What stands in a letter, and what is missing for one: of the order, of the person, of what staff fill in. Pure decisions.

Nothing legal is made up: where the order does not say it and nobody filled it in, the letter is not made, and what is missing is told.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from monitor.models.people.letters import LetterKind
from monitor.models.people.residents import BirthPrecision, OrderState, Sex
from monitor.people.births import Birth
from monitor.people.code_words import country
from monitor.people.pasted import named
from monitor.typesetting.glyphs import unwritable
from monitor.words import N_, Words, words


@dataclass(frozen=True)
class Person:
    """Who a letter is about."""

    name: str
    name_awaited: bool = False
    birth: Birth | None = None
    sex: Sex | None = None
    document: str = ""
    nationality: str = "VN"
    address: str = ""


@dataclass(frozen=True)
class OrderSaid:
    """What the order says. place: the zone with its address. timezone: on whose clock moments are written."""

    number: str
    authority: str
    legal_basis: str
    reason: str
    starts_at: datetime
    ends_at: datetime
    state: OrderState
    ended_at: datetime | None
    place: str
    timezone: str = "Asia/Ho_Chi_Minh"


@dataclass(frozen=True)
class TermMoved:
    """The newest change of an order's beginning or end. starts, ends: before and after it."""

    starts: tuple[datetime, datetime]
    ends: tuple[datetime, datetime]
    reason: str


@dataclass(frozen=True)
class Moved:
    """The newest change of the place."""

    before: str
    after: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Case:
    """All that is on record for a letter."""

    person: Person
    order: OrderSaid
    term_moved: TermMoved | None = None
    moved: Moved | None = None


@dataclass(frozen=True)
class Given:
    """What staff fill in, the same in all letters of a batch.

    issuer, basis: empty: as each order says. number: empty: written on the paper by hand. recipients, closing: lines. english: a second
    page with a translation.
    """

    issuer: str = ""
    parent: str = ""
    number: str = ""
    place: str = ""
    day: date | None = None
    signer_role: str = ""
    signer_name: str = ""
    basis: str = ""
    recipients: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    english: bool = False


@dataclass(frozen=True)
class Code:
    """The QR code: drawn as SVG, and the short code that is printed beside it and shown on the page it leads to."""

    svg: str
    short: str
    words: str = ""
    alt: str = ""


@dataclass(frozen=True)
class Row:
    """One fact of a letter."""

    label: str
    value: str


@dataclass(frozen=True)
class English:
    """The page with the translation."""

    heading: str
    subject: str
    note: str
    opening: tuple[str, ...]
    facts: tuple[Row, ...]
    closing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Day:
    """A day as the template takes it."""

    year: int
    month: int
    day: int


@dataclass(frozen=True)
class Letter:
    """A letter as the template takes it: nothing but text."""

    title: str
    day: Day
    parent: str
    issuer: str
    number: str
    place_and_day: str
    heading: str
    subject: str
    decider: str
    basis: tuple[str, ...]
    decides: str
    opening: tuple[str, ...]
    facts: tuple[Row, ...]
    closing: tuple[str, ...]
    recipients: tuple[str, ...]
    code: Code
    signer_role: str
    sign_here: str
    signer_name: str
    english: English | None = None


def issuer_of(case: Case, given: Given) -> str:
    """Who the letter is from: as filled in, else as the order says."""
    return given.issuer or case.order.authority


def number_of(kind: LetterKind, case: Case, given: Given) -> str:
    """A letter's own number. The quarantine order is itself what the order's number numbers."""
    return given.number or (case.order.number if kind is LetterKind.QUARANTINE else "")


def missing_of_given(given: Given) -> list[Words]:
    """What is missing for every letter of a batch, whomever it is about."""
    found = []
    if not given.place:
        found.append(words(N_("The place where the letter is signed is missing.")))
    if given.day is None:
        found.append(words(N_("The day of the letter is missing.")))
    if not given.signer_role:
        found.append(words(N_("The position of the person who signs is missing.")))
    return found + _unwritable_in(given.__dict__.values())


def missing_of_case(kind: LetterKind, case: Case, given: Given) -> list[Words]:
    """What is missing in the order and in what is known of the person, in sentences; empty: the letter can be made."""
    person, order = case.person, case.order
    found: list[Words] = []
    if person.name_awaited or not person.name:
        found.append(words(N_("The person’s name is not known yet.")))
    if person.birth is None:
        found.append(words(N_("The date or year of birth is missing.")))
    if not issuer_of(case, given):
        found.append(words(N_("The authority that issues the letter is missing.")))
    if kind is LetterKind.RELEASE:
        if order.state is not OrderState.RELEASED or order.ended_at is None:
            found.append(words(N_("This person is not released, so completion cannot be confirmed.")))
    elif not (given.basis or order.legal_basis):
        found.append(words(N_("The legal basis is missing: which law and articles the order rests on.")))
    if kind is not LetterKind.QUARANTINE and not order.number:
        found.append(words(N_("The number of the quarantine order is missing.")))
    if kind is LetterKind.QUARANTINE and not order.reason:
        found.append(words(N_("The reason of the order is missing.")))
    if kind is LetterKind.CHANGE and case.term_moved is None:
        found.append(words(N_("No change of the order’s beginning or end is on record.")))
    if kind is LetterKind.TRANSFER and case.moved is None:
        found.append(words(N_("No move to another zone is on record.")))
    values = [*person.__dict__.values(), *order.__dict__.values()]
    for told in (case.term_moved, case.moved):
        values += list(told.__dict__.values()) if told else []
    return found + _unwritable_in(values)


def _unwritable_in(values: Iterable[object]) -> list[Words]:
    texts = [text for value in values for text in (value if isinstance(value, tuple) else (value,)) if isinstance(text, str)]
    signs = unwritable("".join(texts))
    if not signs:
        return []
    template = N_("The font of letters does not have %(signs)s. Write it in Latin letters, as in a passport.")
    return [words(template, signs=", ".join(named(sign) for sign in signs))]


def letter_of(kind: LetterKind, case: Case, given: Given, code: Code) -> Letter:
    """The letter. Only where nothing is missing: raises ValueError."""
    if given.day is None or missing_of_given(given) or missing_of_case(kind, case, given):
        raise ValueError("something is missing")
    say, issuer = _texts()["vi"], issuer_of(case, given)
    own, number = say[kind.value], number_of(kind, case, given)
    decision = kind is not LetterKind.RELEASE
    basis = [each.strip().removesuffix(";") for each in (given.basis or case.order.legal_basis).splitlines() if each.strip()]
    return Letter(
        title=f"{own['heading']}: {own['subject']}" + (f", {number}" if number else ""),
        day=Day(given.day.year, given.day.month, given.day.day),
        parent=given.parent,
        issuer=issuer,
        number=say["numbered"] % {"number": number} if number else say["by_hand"],
        place_and_day=say["place_and_day"] % {"place": given.place, **_parts_of_day(given.day)},
        heading=own["heading"],
        subject=own["subject"],
        decider=_decider(given.signer_role, issuer) if decision else "",
        basis=tuple(_basis(each, say) for each in basis) if decision else (),
        decides=say["decides"] if decision else "",
        opening=(own["opening"] % {"issuer": issuer, "order": case.order.number},),
        facts=facts_of(kind, case, "vi"),
        closing=given.closing,
        recipients=given.recipients or tuple(say["recipients"]),
        code=Code(code.svg, code.short, say["check"], say["check_alt"]),
        signer_role=given.signer_role,
        sign_here=say["sign_here"],
        signer_name=given.signer_name,
        english=_english(kind, case, given, number) if given.english else None,
    )


def _decider(role: str, issuer: str) -> str:
    """Chủ tịch, of an authority: Chủ tịch Ủy ban nhân dân phường Phú Cường."""
    return role if issuer.lower() in role.lower() else f"{role} {issuer}"


def _basis(line: str, say: Mapping[str, Any]) -> str:
    # Often typed with the word with which such lines begin.
    return f"{line};" if line.lower().startswith("căn cứ") else say["basis"] % {"basis": line}


def _english(kind: LetterKind, case: Case, given: Given, number: str) -> English:
    assert given.day is not None
    say, issuer = _texts()["en"], issuer_of(case, given)
    own = say[kind.value]
    issued = say["issued"] % {"issuer": issuer, "day": _day(given.day, "en")}
    head = (say["numbered"] % {"number": number},) if number else ()
    opening = own["opening"] % {"issuer": issuer, "order": case.order.number}
    return English(own["heading"], own["subject"], say["note"], (*head, issued, opening), facts_of(kind, case, "en"))


def facts_of(kind: LetterKind, case: Case, language: str) -> tuple[Row, ...]:
    """The facts, one a line: first of the person, then of the order. What is not known is left out."""
    say, person, order = _texts()[language], case.person, case.order
    of_year = person.birth is not None and person.birth.precision is BirthPrecision.YEAR

    def span(starts: datetime, ends: datetime) -> str:
        moments = {"from": _moment(starts, order, language), "until": _moment(ends, order, language)}
        return str(say["span"] % moments)

    rows = [
        ("name", person.name),
        ("birth_year" if of_year else "birth", person.birth.written() if person.birth else ""),
        ("sex", say[person.sex.value] if person.sex else ""),
        ("document", person.document),
        ("nationality", country(person.nationality, language)),
        ("address", person.address),
    ]
    if kind is LetterKind.QUARANTINE:
        rows += [("term", span(order.starts_at, order.ends_at)), ("place", order.place), ("reason", order.reason)]
    elif kind is LetterKind.CHANGE and case.term_moved:
        moved = case.term_moved
        rows += [
            ("term_before", span(moved.starts[0], moved.ends[0])),
            ("term_now", span(moved.starts[1], moved.ends[1])),
            ("place", order.place),
            ("reason", moved.reason),
        ]
    elif kind is LetterKind.TRANSFER and case.moved:
        at = _moment(case.moved.at, order, language)
        rows += [("place_before", case.moved.before), ("place_now", case.moved.after), ("moved", at)]
        rows += [("term", span(order.starts_at, order.ends_at)), ("reason", case.moved.reason)]
    elif kind is LetterKind.RELEASE and order.ended_at:
        rows += [("term", span(order.starts_at, order.ended_at)), ("place", order.place)]
        rows += [("ended", _moment(order.ended_at, order, language))]
    return tuple(Row(say["labels"][label], value) for label, value in rows if value)


def _parts_of_day(day: date) -> dict[str, str]:
    # As the decree has it: a nought before days below 10, and before the first two months.
    return {"day": f"{day.day:02}", "month": f"{day.month:02}" if day.month < 3 else str(day.month), "year": str(day.year)}


def _day(day: date, language: str) -> str:
    return str(_texts()[language]["day"] % {"day": f"{day.day:02}", "month": f"{day.month:02}", "year": str(day.year)})


def _moment(at: datetime, order: OrderSaid, language: str) -> str:
    local = at.astimezone(ZoneInfo(order.timezone))
    parts = {"hour": f"{local.hour:02}", "minute": f"{local.minute:02}", "day": f"{local.day:02}", "month": f"{local.month:02}"}
    return str(_texts()[language]["moment"] % {**parts, "year": str(local.year)})


@lru_cache(1)
def _texts() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text("utf-8"))
