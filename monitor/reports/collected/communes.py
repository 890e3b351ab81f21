"""The communes of a province, and which of them a table or a declaration means."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from monitor.folding import folded
from monitor.models.units import AdministrativeUnit, UnitKind, UnitSuccession
from monitor.places.units.search import UnitKey, key_of
from monitor.stated import stated

COMMUNES = (UnitKind.WARD, UnitKind.COMMUNE, UnitKind.TOWNSHIP, UnitKind.SPECIAL_ZONE)
_LEVELS = 4


def province_stated() -> UnitKey | None:
    """The province that administrators stated; None: they did not."""
    return key_of(stated().unit)


def units_within(session: Session, top: UnitKey) -> list[AdministrativeUnit]:
    """A unit and all below it that are there today, however many levels there are."""
    root = session.get(AdministrativeUnit, (top.code, top.valid_from))
    found = [root] if root is not None else []
    level = list(found)
    for _level in range(_LEVELS):
        if not level:
            break
        parent = tuple_(AdministrativeUnit.parent_code, AdministrativeUnit.parent_from)
        above = [(unit.code, unit.valid_from) for unit in level]
        query = select(AdministrativeUnit).where(parent.in_(above), AdministrativeUnit.valid_to.is_(None))
        level = list(session.scalars(query.order_by(AdministrativeUnit.code)))
        found += level
    return found


def communes_of(session: Session, province: UnitKey) -> list[AdministrativeUnit]:
    """The communes, wards and special zones of a province as of today, by code."""
    return [unit for unit in units_within(session, province) if unit.kind in COMMUNES]


@dataclass(frozen=True)
class Known:
    """A commune that a table may name."""

    key: UnitKey
    name: str


@dataclass(frozen=True)
class CommuneIndex:
    """Communes by what tables call them. became: of a unit that is no more, the names of what it became."""

    by_code: Mapping[str, Known]
    by_name: Mapping[str, tuple[Known, ...]]
    became: Mapping[str, tuple[str, ...]]

    def named(self, typed: str) -> tuple[Known, ...]:
        """Which commune is meant by a name or a code: one, or several of which nobody can tell, or none."""
        text = " ".join(typed.split())
        if text in self.by_code:
            return (self.by_code[text],)
        # "Phường Bến Nghé, Thành phố Hồ Chí Minh": the first part is the commune.
        own = text.split(",")[0]
        found = self.by_name.get(folded(own), ())
        exact = tuple(each for each in found if _accented(own) in (_accented(each.name), _accented(_bare(each.name))))
        return exact or found

    def after(self, typed: str) -> tuple[str, ...]:
        """What became of a unit of an earlier time with this name, for the sentence that tells it."""
        return self.became.get(folded(typed.split(",")[0]), ())


def _accented(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def index_of(session: Session, province: UnitKey | None) -> CommuneIndex:
    """The index of a province; without one it knows nothing. Three statements."""
    units = communes_of(session, province) if province is not None else []
    known = [Known(UnitKey(unit.code, unit.valid_from), unit.name) for unit in units]
    by_name: dict[str, tuple[Known, ...]] = {}
    for each in known:
        # "Phường Bến Nghé" is written as "Bến Nghé" too.
        for name in {folded(each.name), folded(_bare(each.name))}:
            by_name[name] = (*by_name.get(name, ()), each)
    became: dict[str, tuple[str, ...]] = {}
    for old, new in _successions(session, units):
        became[folded(old)] = tuple(dict.fromkeys((*became.get(folded(old), ()), new)))
    return CommuneIndex({each.key.code: each for each in known}, by_name, became)


def _bare(name: str) -> str:
    for kind in ("Phường ", "Xã ", "Thị trấn ", "Đặc khu "):
        if name.startswith(kind):
            return name.removeprefix(kind)
    return name


def _successions(session: Session, units: Sequence[AdministrativeUnit]) -> list[tuple[str, str]]:
    """Names of units that are no more, each with a name of what it became here."""
    names = {(unit.code, unit.valid_from): unit.name for unit in units}
    if not names:
        return []
    into = tuple_(UnitSuccession.into_code, UnitSuccession.into_from)
    rows = session.execute(
        select(AdministrativeUnit.name, UnitSuccession.into_code, UnitSuccession.into_from)
        .join(
            AdministrativeUnit,
            (AdministrativeUnit.code == UnitSuccession.code) & (AdministrativeUnit.valid_from == UnitSuccession.valid_from),
        )
        .where(into.in_(sorted(names)))
    )
    return [(old, names[code, since]) for old, code, since in rows]


def today_of(session: Session, units: Sequence[tuple[str, date]]) -> dict[tuple[str, date], UnitKey]:
    """The commune of today in which each of these units lies: itself, the one above a neighbourhood, or the one into which all or most of it
    went. What lies in no commune, as a whole province, is left out."""
    wanted = {unit for unit in units if unit[0]}
    found: dict[tuple[str, date], UnitKey] = {}
    asked: dict[tuple[str, date], tuple[str, date]] = {unit: unit for unit in wanted}
    for _step in range(_LEVELS):
        if not asked:
            break
        rows = {
            (row.code, row.valid_from): row
            for row in session.scalars(
                select(AdministrativeUnit).where(
                    tuple_(AdministrativeUnit.code, AdministrativeUnit.valid_from).in_(sorted(set(asked.values())))
                )
            )
        }
        ended = [key for key, row in rows.items() if row.valid_to is not None]
        heirs = _heirs(session, ended)
        following: dict[tuple[str, date], tuple[str, date]] = {}
        for unit, at in asked.items():
            row = rows.get(at)
            if row is None:
                continue
            if row.valid_to is not None:
                if at in heirs:
                    following[unit] = heirs[at]
            elif row.kind in COMMUNES:
                found[unit] = UnitKey(*at)
            elif row.kind is UnitKind.NEIGHBOURHOOD and row.parent_code and row.parent_from:
                following[unit] = (row.parent_code, row.parent_from)
        asked = following
    return found


def _heirs(session: Session, ended: Sequence[tuple[str, date]]) -> dict[tuple[str, date], tuple[str, date]]:
    if not ended:
        return {}
    of = tuple_(UnitSuccession.code, UnitSuccession.valid_from)
    rows = session.execute(
        select(UnitSuccession.code, UnitSuccession.valid_from, UnitSuccession.into_code, UnitSuccession.into_from)
        .where(of.in_(sorted(ended)))
        .order_by(UnitSuccession.most, UnitSuccession.into_code.desc())
    )
    # The last one wins: what took most of it.
    return {(code, since): (into, from_) for code, since, into, from_ in rows}
