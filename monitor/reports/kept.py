"""Figures and lists of reports as they are kept: written when a report is counted, read when one goes on from it or opens it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from monitor.database.database import Database, insert_new
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.models.daily_report import ReportFigure, ReportList
from monitor.reports.definitions import FIGURES
from monitor.reports.lists import Packed, pack, unpack

_AT_ONCE = 100


@dataclass(frozen=True)
class Kept:
    """One figure. units: unit -> count and digest of its list, None where it has none."""

    value: float | None
    units: Mapping[str, tuple[float, str | None]] = field(default_factory=dict)


NOTHING = Kept(0.0)


class Packing:
    """Figures as they are to be kept, and the lists behind them, packed one after the other so that no numbers stay in memory."""

    def __init__(self) -> None:
        self.lists: dict[str, Packed] = {}
        self._units: dict[str, dict[str, tuple[float, str | None]]] = {}

    def add(self, key: str, units: Mapping[str, Collection[int]]) -> None:
        """Count these; a figure may come in several pieces, each with units of its own. key: of a figure that has lists."""
        kind = FIGURES[key].lists
        assert kind is not None
        into = self._units.setdefault(key, {})
        for unit, numbers in sorted(units.items()):
            if numbers:
                packed = pack(kind, numbers)
                self.lists[packed.digest] = packed
                into[unit] = (float(packed.count), packed.digest)

    def count(self, key: str, units: Mapping[str, float]) -> None:
        """Take what was counted without a list."""
        self._units.setdefault(key, {}).update({unit: (value, None) for unit, value in units.items() if value})

    @property
    def figures(self) -> dict[str, Kept]:
        """What was counted, by key."""
        return {key: Kept(sum(count for count, _digest in units.values()), units) for key, units in self._units.items()}


def keep_lists(database: Database, lists: Mapping[str, Packed]) -> None:
    """Store those lists that are not there, some at a time, in transactions of their own: nobody waits for all of them.

    Safe to repeat: the same list is the same row.
    """
    every = list(lists.values())
    for start in range(0, len(every), _AT_ONCE):
        some = every[start : start + _AT_ONCE]
        with database.read() as session:
            new = _unknown(session, some)
        if new:
            with database.write() as session:
                session.execute(insert_new(session, ReportList), new)


def keep_list(session: Session, key: str, units: Mapping[str, Collection[int]]) -> Kept:
    """Pack and store the lists of one figure, in the caller's write transaction."""
    packing = Packing()
    packing.add(key, units)
    new = _unknown(session, list(packing.lists.values()))
    if new:
        session.execute(insert_new(session, ReportList), new)
    return packing.figures[key]


def _unknown(session: Session, lists: Sequence[Packed]) -> list[dict[str, Any]]:
    """Rows of those lists that are not there yet; each once."""
    by_digest = {each.digest: each for each in lists}
    known = set(session.scalars(select(ReportList.digest).where(one_of(ReportList.digest, list(by_digest)))))
    return [
        {"digest": digest, "kind": each.kind, "numbers": each.numbers, "count": each.count}
        for digest, each in by_digest.items()
        if digest not in known
    ]


def keep_figures(session: Session, report_id: int, figures: Mapping[str, Kept]) -> None:
    """Give a report these figures instead of those it has, in the caller's write transaction."""
    changed(session, delete(ReportFigure).where(ReportFigure.report_id == report_id))
    rows = [
        {
            "report_id": report_id,
            "key": key,
            "value": kept.value,
            "units": {unit: list(each) for unit, each in kept.units.items()},
        }
        for key, kept in figures.items()
    ]
    if rows:
        session.execute(insert(ReportFigure), rows)


def figures_of(session: Session, report_id: int, keys: Iterable[str] | None = None) -> dict[str, Kept]:
    """A report's figures by key; keys: only these."""
    query = select(ReportFigure.key, ReportFigure.value, ReportFigure.units).where(ReportFigure.report_id == report_id)
    if keys is not None:
        query = query.where(ReportFigure.key.in_(list(keys)))
    return {
        key: Kept(value, {unit: (each[0], each[1]) for unit, each in units.items()})
        for key, value, units in session.execute(query)
    }


def figures_of_several(session: Session, reports: Collection[int]) -> dict[int, dict[str, Kept]]:
    """The figures of several reports, by report; of one that has none an empty table."""
    found: dict[int, dict[str, Kept]] = {each: {} for each in reports}
    rows = session.execute(
        select(ReportFigure.report_id, ReportFigure.key, ReportFigure.value, ReportFigure.units).where(
            ReportFigure.report_id.in_(reports)
        )
    )
    for report_id, key, value, units in rows:
        found[report_id][key] = Kept(value, {unit: (each[0], each[1]) for unit, each in units.items()})
    return found


def numbers_of(session: Session, digests: Iterable[str | None]) -> dict[str, Sequence[int]]:
    """The numbers of some lists, by digest."""
    wanted = sorted({each for each in digests if each})
    found: dict[str, Sequence[int]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        for digest, numbers in session.execute(
            select(ReportList.digest, ReportList.numbers).where(one_of(ReportList.digest, some))
        ):
            found[digest] = unpack(numbers)
    return found
