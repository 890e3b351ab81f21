"""Whom a scanned or typed text means at a gate, what is known of them now, and who on duty is told. Rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from monitor.control_points.gate_verdicts import Found
from monitor.control_points.scanning import Point
from monitor.declarations.codes import code_in
from monitor.declarations.standing import InForce, in_force_of, who_of_code, who_of_number, who_of_phone
from monitor.folding import folded
from monitor.incidents import causes
from monitor.incidents.incidents import open_incident
from monitor.models.declarations import Declarant, Signs
from monitor.models.incidents import IncidentKind
from monitor.models.people.residents import Exemption, Resident
from monitor.people.cards import Card, CardKind, NoCard, read_card
from monitor.people.orders import quarantined
from monitor.people.telephone_numbers import international
from monitor.people.typed import read_insurance
from monitor.problems import NotFound
from monitor.words import N_, Words, words

_INSURANCE_DIGITS = re.compile(r"\d{10}")
"""As newer cards of health insurance have them, and as telephone numbers are long."""


@dataclass(frozen=True)
class Meant:
    """One person, who may stand in several rows, the newest first."""

    rows: tuple[Declarant, ...]

    @property
    def newest(self) -> Declarant:
        """Their newest row."""
        return self.rows[0]

    @property
    def residents(self) -> frozenset[int]:
        """Who they are among people under an order."""
        return frozenset(row.resident_id for row in self.rows if row.resident_id is not None)

    @property
    def keys(self) -> tuple[int, ...]:
        """Of all rows."""
        return tuple(row.id for row in self.rows)


class NotDeclared(NotFound):
    """A card or a number that nobody has declared with. card: what was read of it, to fill in a declaration; empty for a number."""

    def __init__(self, card: Card | None = None) -> None:
        super().__init__(N_("Nobody has declared with this. Declare first: on their own phone, or here."))
        self.card = card


def meant_by(session: Session, text: str, today: date) -> list[Meant]:
    """The people that a personal code, a card or a telephone number means: several where they share a phone.

    Raises NotDeclared, CodeUnknown, CodeReplaced and NotFound, each in words for a guard.
    """
    if code_in(text) is not None:
        # A code's row and the others with the same document are one person.
        row = who_of_code(session, text)
        others = who_of_number(session, row.document_number) + who_of_number(session, row.insurance_number)
        return [Meant(_once([row, *others]))]
    read = read_card(text, today)
    if isinstance(read, Card):
        numbers = [read.fields.get(name, "") for name in ("document_number", "earlier_number")]
        # A card's whole code ends with the ten digits that declarations keep.
        numbers.append(read_insurance(read.fields.get("insurance_number", "")))
        rows = _once([each for number in numbers if number for each in who_of_number(session, number)])
        if rows:
            return [Meant(rows)]
        # Ten digits are an insurance number, and a telephone number in an old form: a card says more than that.
        if read.kind is not CardKind.NUMBER or not text.strip().startswith("0"):
            raise NotDeclared(read)
    phone = international(text)
    if phone.startswith("+"):
        digits = re.sub(r"[\s.\-]", "", text)
        by_insurance = _once(who_of_number(session, digits)) if _INSURANCE_DIGITS.fullmatch(digits) else ()
        people = ([Meant(by_insurance)] if by_insurance else []) + _people_of(who_of_phone(session, phone))
        if not people:
            raise NotDeclared
        return people
    reason = read.reason if isinstance(read, NoCard) else words(N_("Nothing was read."))
    raise NotFound(reason.template, **reason.values)


def found_of(session: Session, meant: Meant, now: datetime) -> Found:
    """What is known of somebody now, as far as a gate goes."""
    declared = in_force_of(session, meant.keys, now)
    return found(session, declared, meant.residents, now)


def found(session: Session, declared: InForce | None, residents: Collection[int], now: datetime) -> Found:
    """The same, where it is known what they declared and who they are among people under an order."""
    ordered = any(_under_order(session, each, now) for each in residents)
    permitted = ordered and all(_permitted(session, each, now) for each in residents if _under_order(session, each, now))
    return Found(declared is not None, declared is not None and declared.signs is not Signs.NONE, ordered, permitted)


def tell_on_duty(session: Session, residents: Collection[int], point: Point, now: datetime) -> int:
    """Tell who is on duty for them that somebody under an order was scanned; once while nobody has looked. Returns how many were told of."""
    told = 0
    for resident_id in sorted(residents):
        if not _under_order(session, resident_id, now):
            continue
        resident = session.get_one(Resident, resident_id)
        told += open_incident(
            session,
            IncidentKind.AT_CONTROL_POINT,
            causes.at_control_point(resident_id),
            zone_id=resident.zone_id,
            room_id=resident.room_id,
            resident_id=resident_id,
            reason=_reason(resident.full_name, point),
            now=now,
        )
    return told


def _reason(name: str, point: Point) -> Words:
    return words(
        N_(
            "A code or card of %(name)s was scanned at %(place)s, %(point)s. Call there and ask; a card can be in another hand, and an order"
            " can have ended without a note."
        ),
        name=name,
        place=point.place,
        point=point.name,
    )


def _under_order(session: Session, resident_id: int, now: datetime) -> bool:
    return bool(session.scalar(select(exists().where(Resident.id == resident_id, quarantined(now)))))


def _permitted(session: Session, resident_id: int, now: datetime) -> bool:
    away = exists().where(Exemption.resident_id == resident_id, Exemption.starts_at <= now, Exemption.ends_at > now)
    return bool(session.scalar(select(away)))


def _once(rows: Sequence[Declarant]) -> tuple[Declarant, ...]:
    return tuple({row.id: row for row in rows}.values())


def _people_of(rows: Collection[Declarant]) -> list[Meant]:
    """Rows with one telephone number as people: the same name and birthday is one person."""
    people: dict[tuple[str, date | None], list[Declarant]] = {}
    for row in rows:
        people.setdefault((folded(row.full_name), row.birth_date), []).append(row)
    return [Meant(tuple(theirs)) for theirs in people.values()]
