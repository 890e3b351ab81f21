"""What stands in a person's row, as it would be said on a form: to take over single values from elsewhere, and to write it into a file."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import date
from typing import Any

from sqlalchemy import Row

from monitor.enrolment.details import Details
from monitor.models.people.residents import Resident
from monitor.people.births import birth_of
from monitor.places.units.search import UnitKey

_OF_ROW = frozenset(each.name for each in fields(Details)) - {"birth", "unit", "f_rule_on"}


COLUMNS = tuple(
    getattr(Resident, name) for name in (*sorted(_OF_ROW), "birth_date", "birth_precision", "unit_code", "unit_from")
)
"""All that `details_of` looks at: of thousands of people these are read, and not whole objects."""


def details_of(resident: Resident | Row[Any, *tuple[Any, ...]], f_rule_on: date | None = None) -> Details:
    """What is said of a resident now. f_rule_on: the rule of their F-status, which is its period's, where it is wanted."""
    plain = {name: getattr(resident, name) for name in _OF_ROW}
    unit = UnitKey(resident.unit_code, resident.unit_from) if resident.unit_code and resident.unit_from else None
    birth = birth_of(resident.birth_date, resident.birth_precision)
    return Details(**plain, birth=birth, unit=unit, f_rule_on=f_rule_on)


def taken_over(known: Details, new: Details, chosen: Collection[str]) -> Details:
    """What is known, with these fields as they are newly said."""
    values: Mapping[str, object] = {name: getattr(new, name) for name in chosen}
    if "f_status" in chosen:
        values = {**values, "f_rule_on": new.f_rule_on}
    return replace(known, **values)  # type: ignore[arg-type]


def differing(known: Details, new: Details) -> list[str]:
    """The fields of which something else is newly said, in their order. What nobody says changes nothing."""
    usual = Details(full_name="")
    return [
        each.name
        for each in fields(Details)
        if each.name != "f_rule_on"
        and getattr(new, each.name) != getattr(known, each.name)
        and getattr(new, each.name) != getattr(usual, each.name)
    ]
