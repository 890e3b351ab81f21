"""The form of what is said of a person: what it holds at first, and what was typed into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from monitor.enrolment.details import FIELDS, Details, read_details
from monitor.enrolment.duplicates import Match, marks_of, matches
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.people.births import birth_of
from monitor.people.cards import unit_texts
from monitor.people.typed import Fault
from monitor.places.units.search import unit_key_of, unit_of
from monitor.words import N_, Words, words
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

Given = MultiDict[str, str]
Wrong = dict[str, Words]
LONGEST_FIELD = 400  # letters; what is longer is no name and no note
MARKING = ("full_name", "birth", "sex", "phone", "document_number", "earlier_number", "insurance_number")
NOBODY = "x"
"""Stands for a name that is not typed yet; nobody is called so."""


@dataclass(frozen=True)
class Typed:
    """What a form says. details: None where something is wrong."""

    details: Details | None
    unit: TypedUnit
    wrong: Wrong


def today_in(zone: Zone, at: datetime) -> date:
    """The day on a zone's clock."""
    return at.astimezone(ZoneInfo(zone.timezone)).date()


def read_typed(session: Session, form: Mapping[str, str], today: date) -> Typed:
    """The person, or all that is wrong, field by field."""
    unit = typed_unit(session, form)
    typed = {name: form.get(name, "")[:LONGEST_FIELD] for name in FIELDS}
    details, faults = read_details(typed, today, unit.key)
    wrong = wrong_of(faults)
    if fault := fault_of(unit):
        wrong["unit"] = fault
    if details is not None and details.f_status is None and details.f_rule_on is not None:
        wrong["f_status"] = words(N_("Choose the F-status that this rule gives."))
    return Typed(None if wrong else details, unit, wrong)


def read_marks(session: Session, form: Mapping[str, str], today: date) -> Details:
    """What someone may be recognised by, of a form that is still being filled in: what is wrong in it counts as not said."""
    typed = {name: form.get(name, "")[:LONGEST_FIELD] for name in MARKING}
    unit = typed_unit(session, form).key
    details, faults = read_details(typed, today, unit)
    for fault in faults:
        typed[fault.field] = NOBODY if fault.field == "full_name" else ""
    if details is None:
        details, faults = read_details(typed, today, unit)
    assert details is not None, faults
    return details


def wrong_of(faults: Sequence[Fault]) -> Wrong:
    """By field; of several, the first."""
    found: Wrong = {}
    for fault in faults:
        found.setdefault(fault.field, fault.words)
    return found


def given_of(session: Session, resident: Resident) -> Given:
    """The form as a record fills it."""
    birth = birth_of(resident.birth_date, resident.birth_precision)
    unit = unit_of(session, unit_key_of(resident))
    written = unit.written("vi") if unit else ""
    given: Given = MultiDict({"version": str(resident.version), "unit": written})
    if unit is not None:
        given["unit_key"], given["unit_asked"] = str(unit.key), written
    for name in FIELDS:
        if name == "birth":
            given[name] = birth.written() if birth else ""
        elif name not in ("f_rule_on",):
            given[name] = _written(getattr(resident, name))
    return given


def given_of_card(session: Session, fields: Mapping[str, str]) -> tuple[Given, TypedUnit]:
    """The form as a card fills it, with the unit that its address names, which is most often one of before July 2025."""
    given: Given = MultiDict(dict(fields))
    for text in unit_texts(fields.get("address", "")):
        unit = typed_unit(session, {"unit": text})
        if unit.unknown:
            continue
        given["unit"] = text
        if unit.key is not None:
            given["unit_key"], given["unit_asked"] = str(unit.key), text
        return given, unit
    return given, TypedUnit()


def who_may_be(session: Session, details: Details, besides: int | None = None) -> list[Match]:
    """Who may be this person already, the surest first."""
    return [match for match in matches(session, [marks_of(details)])[0] if match.resident_id != besides]


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.strftime("%d/%m/%Y") if isinstance(value, date) else str(value)
