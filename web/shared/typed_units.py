"""An administrative unit as somebody types it into a form: which one is meant, which of several, or what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from monitor.models.units import AdministrativeUnit
from monitor.places.units.search import Unit, UnitKey, choices, key_of, meant, search_units
from monitor.words import N_, Words, words

LONGEST = 200


def offers(session: Session, typed: str) -> list[dict[str, object]]:
    """What a field offers while somebody types, for `units.js`: [{"key", "name", "until": null or the last day, "became":
    [{"key", "name"}, …]}, …], the likeliest first."""
    return [
        {
            "key": str(unit.key),
            "name": unit.written("vi"),
            "until": unit.valid_to.isoformat() if unit.valid_to else None,
            "became": [{"key": str(each.key), "name": each.written("vi")} for each in unit.became],
        }
        for unit in search_units(session, typed[:LONGEST])
    ]


_there: dict[UnitKey, float] = {}
"""Units of today that were looked up, and when, by the time that runs: a form names its unit again on each of its pages."""
_KNOWN_FOR_S, _MOST_KNOWN = 600.0, 5000


def _is_there(session: Session, key: UnitKey) -> bool:
    now = time.monotonic()
    if now - _there.get(key, -_KNOWN_FOR_S) < _KNOWN_FOR_S:
        return True
    unit = session.get(AdministrativeUnit, (key.code, key.valid_from))
    if unit is None or unit.valid_to is not None:
        return False
    if len(_there) >= _MOST_KNOWN:
        _there.clear()
    _there[key] = now
    return True


@dataclass(frozen=True)
class TypedUnit:
    """What a form's field says. key: the unit, or None. asked: units of today of which a person must choose one, else empty.

    ended: what was typed and is no more, for the sentence that leads to today's. unknown: something was typed that is no unit.
    """

    key: UnitKey | None = None
    asked: tuple[Unit, ...] = ()
    ended: tuple[Unit, ...] = ()
    unknown: bool = False


def fault_of(unit: TypedUnit) -> Words | None:
    """What to tell of the field; None where it is right or empty."""
    if unit.asked:
        return words(N_("Choose which of these is meant."))
    return words(N_("No commune, ward or province has this name. Type a part of it, or its code.")) if unit.unknown else None


def typed_unit(session: Session, form: Mapping[str, str], prefix: str = "") -> TypedUnit:
    """What the fields `unit` (as typed), `unit_key` (as chosen) and `unit_asked` (for which text the choices were) mean.

    prefix: of their names, where a form has two.
    """
    typed = form.get(f"{prefix}unit", "").strip()[:LONGEST]
    if not typed:
        return TypedUnit()
    chosen = key_of(form.get(f"{prefix}unit_key", ""))
    if chosen is not None and form.get(f"{prefix}unit_asked") == typed and _is_there(session, chosen):
        return TypedUnit(chosen)
    found = search_units(session, typed)
    surely = meant(found, typed)
    if surely is not None and surely.key in {unit.key for unit in found}:
        return TypedUnit(surely.key)
    # An old name is led to the new one, and a person says yes to it.
    asked = (surely,) if surely is not None else tuple(choices(found))
    keys = {unit.key for unit in asked}
    ended = tuple(unit for unit in found if not unit.is_there and keys.intersection(each.key for each in unit.became))
    return TypedUnit(asked=asked, ended=ended[:3], unknown=not asked)
