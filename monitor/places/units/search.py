"""Administrative units as people type them: without accents, words in any order, old names and codes too, which lead to today's."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from monitor.database.together import Reading, asked, at_once, first, known, read
from monitor.folding import folded
from monitor.models.people.residents import Household, Resident
from monitor.models.places import Zone
from monitor.models.units import AdministrativeUnit, UnitKind, UnitSuccession

MOST_WORDS = 12
# Of the English names; no Vietnamese name has such a word.
_ENGLISH = frozenset({"ward", "commune", "district", "city", "province", "township", "town"})


@dataclass(frozen=True)
class UnitKey:
    """Which unit, and of which time: a code alone may name two."""

    code: str
    valid_from: date

    def __str__(self) -> str:
        """As forms and addresses carry it: 26740_2025-07-01."""
        return f"{self.code}_{self.valid_from.isoformat()}"


@dataclass(frozen=True)
class Unit:
    """One unit with the names above it, from the nearest, and what it became, most of it first; nothing for what is there."""

    key: UnitKey
    valid_to: date | None
    kind: UnitKind
    name: str
    name_en: str
    above: tuple[str, ...]
    above_en: tuple[str, ...]
    became: tuple[Unit, ...] = ()

    @property
    def is_there(self) -> bool:
        """Whether it has not ended."""
        return self.valid_to is None

    def written(self, language: str) -> str:
        """Phường Sài Gòn, Thành phố Hồ Chí Minh. language: "vi" or "en"."""
        return ", ".join((self.name, *self.above) if language == "vi" else (self.name_en, *self.above_en))


def key_of(typed: str) -> UnitKey | None:
    """The key that a form brought; None when it is none."""
    code, _between, since = typed.partition("_")
    try:
        return UnitKey(code, date.fromisoformat(since)) if code.isalnum() and len(code) <= 16 else None
    except ValueError:
        return None


def unit_key_of(place: Zone | Household | Resident) -> UnitKey | None:
    """The unit that a row's address names; None: none."""
    return UnitKey(place.unit_code, place.unit_from) if place.unit_code and place.unit_from else None


def unit_of(session: Session, key: UnitKey | None) -> Unit | None:
    """The unit of a key; None when there is none."""
    return read(session, unit_asked(key))


def unit_asked(key: UnitKey | None) -> Reading[Unit | None]:
    """The same as a reading."""
    row = (yield from _row_of(key.code, key.valid_from)) if key else None
    return (yield from _told(row)) if row else None


def search_units(session: Session, typed: str, *, most: int = 12) -> list[Unit]:
    """Units whose name, with those above, has a word that begins with each typed one; or whose code it is. The likeliest first.

    Likeliest: whose own name has more of the words, whole ones before beginnings; what is there before what was; larger before smaller.
    """
    return list(read(session, at_once(*(_told(row) for row in _found(session, typed, most)))))


def codes_found(session: Session, typed: str, *, most: int) -> list[str]:
    """The codes of those whom `search_units` finds, each once; without what is above each, which takes several statements a unit."""
    return sorted({row.code for row in _found(session, typed, most)})


def _found(session: Session, typed: str, most: int) -> Sequence[AdministrativeUnit]:
    words = [word for word in folded(typed).split()[:MOST_WORDS] if word not in _ENGLISH]
    if not words:
        return []
    unit = AdministrativeUnit
    return session.scalars(
        select(unit)
        .where(*(unit.folded_path.contains(f" {word}", autoescape=True) for word in words))
        .order_by(
            _count([or_(_has_whole(word), unit.code == word) for word in words]).desc(),
            _count([unit.folded.contains(f" {word}", autoescape=True) for word in words]).desc(),
            case((unit.valid_to.is_(None), 0), else_=1),
            func.length(unit.folded_path),
            unit.name,
            unit.code,
            unit.valid_from.desc(),
        )
        .limit(most)
    ).all()


def meant(found: Sequence[Unit], typed: str) -> Unit | None:
    """The one unit of today that was surely meant: the only one found, or the only one of just this name; None: a person is asked."""
    named = [unit for unit in found if folded(unit.name) == folded(typed) or folded(unit.written("vi")) == folded(typed)]
    # Lộc Thạnh and Lộc Thành are two communes of one province: whoever writes the accents means them.
    exact = [unit for unit in named if _accented(typed) in (_accented(unit.name), _accented(unit.written("vi")))]
    today = choices(exact or named or found)
    return today[0] if len(today) == 1 else None


def _accented(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def choices(found: Sequence[Unit]) -> list[Unit]:
    """The units of today among what was found, and what the ended ones became, each once."""
    today = [each for unit in found for each in ((unit,) if unit.is_there else unit.became)]
    return list({unit.key: unit for unit in today}.values())


def _has_whole(word: str) -> ColumnElement[bool]:
    own = AdministrativeUnit.folded
    return or_(own.endswith(f" {word}", autoescape=True), own.contains(f" {word} ", autoescape=True))


def _count(conditions: Sequence[ColumnElement[bool]]) -> ColumnElement[int]:
    counted: ColumnElement[int] = case((conditions[0], 1), else_=0)
    for each in conditions[1:]:
        counted = counted + case((each, 1), else_=0)
    return counted


def _row_of(code: str, valid_from: date | None) -> Reading[AdministrativeUnit | None]:
    unit = AdministrativeUnit
    return (yield from first(select(unit).where(unit.code == code, unit.valid_from == valid_from)))


def _told(row: AdministrativeUnit) -> Reading[Unit]:
    above, became = yield from at_once(_above(row), _became(row) if row.valid_to is not None else known(()))
    return _written(row, above, became)


def _became(row: AdministrativeUnit) -> Reading[tuple[Unit, ...]]:
    successors = yield from asked(
        select(AdministrativeUnit)
        .join(
            UnitSuccession,
            and_(
                UnitSuccession.into_code == AdministrativeUnit.code,
                UnitSuccession.into_from == AdministrativeUnit.valid_from,
            ),
        )
        .where(UnitSuccession.code == row.code, UnitSuccession.valid_from == row.valid_from)
        .order_by(UnitSuccession.most.desc(), AdministrativeUnit.name)
    )
    above = yield from at_once(*(_above(each) for each in successors))
    return tuple(_written(each, those, ()) for each, those in zip(successors, above, strict=True))


def _written(row: AdministrativeUnit, above: Sequence[AdministrativeUnit], became: tuple[Unit, ...]) -> Unit:
    return Unit(
        UnitKey(row.code, row.valid_from),
        row.valid_to,
        row.kind,
        row.name,
        row.name_en,
        tuple(each.name for each in above),
        tuple(each.name_en for each in above),
        became,
    )


def _above(row: AdministrativeUnit) -> Reading[list[AdministrativeUnit]]:
    found: list[AdministrativeUnit] = []
    parent = (yield from _row_of(row.parent_code, row.parent_from)) if row.parent_code else None
    while parent is not None and parent not in found:
        found.append(parent)
        parent = (yield from _row_of(parent.parent_code, parent.parent_from)) if parent.parent_code else None
    return found
