"""Which unit today stands for one of before: units are merged and divided, and yesterday's stock goes on under today's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.models.daily_report import NO_UNIT
from monitor.models.units import AdministrativeUnit, UnitSuccession
from monitor.places.units.search import UnitKey, key_of

# Two reforms and what was put right after them; a circle in what somebody entered ends here too.
_MOST_STEPS = 12


@dataclass(frozen=True)
class Known:
    """A unit as far as its names and its end go. became: what most of it went into; None: nothing that is known."""

    key: UnitKey
    name: str
    name_en: str
    valid_to: date | None
    became: UnitKey | None


class Units:
    """Units and what became of them by a day."""

    def __init__(self, known: Mapping[UnitKey, Known], day: date) -> None:
        self._known, self._day = known, day

    def today(self, unit: str) -> str:
        """The unit that stands for this one on the day; itself where it is there, or nobody knows what became of it."""
        key = key_of(unit)
        for _step in range(_MOST_STEPS):
            found = self._known.get(key) if key else None
            if found is None or found.valid_to is None or found.valid_to >= self._day or found.became is None:
                break
            key = found.became
        return str(key) if key else unit

    def names(self, unit: str) -> tuple[str, str]:
        """Vietnamese and English; of one that is not known its code. NO_UNIT has none."""
        key = key_of(unit)
        found = self._known.get(key) if key else None
        if found is not None:
            return found.name, found.name_en
        return ("", "") if unit == NO_UNIT or key is None else (key.code, key.code)

    def merged(self, units: Iterable[str]) -> dict[str, list[str]]:
        """Of some units: those of the day -> the others that each of them stands for."""
        found: dict[str, list[str]] = {}
        for unit in sorted(set(units)):
            if (today := self.today(unit)) != unit:
                found.setdefault(today, []).append(unit)
        return found


def read_units(session: Session, units: Iterable[str], day: date) -> Units:
    """What is known of some units and of all that they became by a day."""
    known: dict[UnitKey, Known] = {}
    wanted = {key for unit in units if (key := key_of(unit)) is not None}
    for _step in range(_MOST_STEPS):
        missing = {key for key in wanted if key not in known}
        if not missing:
            break
        found = _read(session, missing)
        known |= found
        known |= {key: Known(key, key.code, key.code, None, None) for key in missing - found.keys()}
        wanted = {each.became for each in found.values() if each.became is not None}
    return Units(known, day)


def _read(session: Session, keys: set[UnitKey]) -> dict[UnitKey, Known]:
    unit, into = AdministrativeUnit, UnitSuccession
    rows = session.execute(
        select(
            *(unit.code, unit.valid_from, unit.name, unit.name_en, unit.valid_to),
            *(into.into_code, into.into_from, into.most),
        )
        .outerjoin(into, (into.code == unit.code) & (into.valid_from == unit.valid_from))
        .where(one_of(unit.code, sorted({key.code for key in keys})))
        # Of several parts the main one comes last; of several main ones always the same.
        .order_by(unit.code, unit.valid_from, into.most, into.into_code, into.into_from)
    )
    found: dict[UnitKey, Known] = {}
    for row in rows:
        key = UnitKey(row.code, row.valid_from)
        became = UnitKey(row.into_code, row.into_from) if row.into_code and row.into_from else None
        if key in keys:
            found[key] = Known(key, row.name, row.name_en, row.valid_to, became)
    return found
