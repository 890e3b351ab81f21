"""What a report goes on from: the last released one of an earlier day, whom it counted where, under today's names of units and people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.daily_report import Report, ReportKind, ReportState
from monitor.models.people.merged import MergedRecord
from monitor.reports.definitions import Stock, stock_key
from monitor.reports.kept import Kept, figures_of, numbers_of
from monitor.reports.places import Place, Setting, place_of
from monitor.reports.successors import Units


@dataclass(frozen=True)
class Before:
    """The report before: its number in the table, day and cut-off, and its figures of stocks."""

    report_id: int
    day: date
    cut_off: datetime
    figures: Mapping[str, Kept]

    @property
    def units(self) -> set[str]:
        """Units in which it counted people."""
        return {unit for kept in self.figures.values() for unit in kept.units}


def report_before(session: Session, kind: ReportKind, day: date) -> Before | None:
    """The newest version of the last day before this one of which a report was released; None: there is none."""
    row = session.execute(
        select(Report.id, Report.day, Report.cut_off)
        .where(Report.kind == kind, Report.day < day, Report.state != ReportState.DRAFT)
        .order_by(Report.day.desc(), Report.version.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    keys = [stock_key(setting, stock) for setting in Setting for stock in (Stock.NOW, Stock.EVER)]
    return Before(row.id, row.day, row.cut_off, figures_of(session, row.id, keys))


def people_before(session: Session, before: Before, units: Units) -> dict[int, Place]:
    """Person -> where they were counted. Who became a part of another record since is that one, unless both were counted."""
    found = {number: place for place, number in _members(session, before, units, Stock.NOW)}
    for gone, stays in _merged(session).items():
        if gone in found and stays not in found:
            found[stays] = found.pop(gone)
    return found


def ever_before(session: Session, before: Before, units: Units) -> dict[Place, set[int]]:
    """Place -> whoever was ever counted there."""
    merged = _merged(session)
    found: dict[Place, set[int]] = {}
    for place, number in _members(session, before, units, Stock.EVER):
        found.setdefault(place, set()).add(merged.get(number, number))
    return found


def _members(session: Session, before: Before, units: Units, stock: Stock) -> Iterator[tuple[Place, int]]:
    for setting in Setting:
        kept = before.figures.get(stock_key(setting, stock))
        if kept is None:
            continue
        numbers = numbers_of(session, (digest for _count, digest in kept.units.values()))
        for unit, (_count, digest) in kept.units.items():
            place = place_of(setting, units.today(unit))
            yield from ((place, number) for number in numbers.get(digest or "", ()))


def _merged(session: Session) -> dict[int, int]:
    return {gone: stays for gone, stays in session.execute(select(MergedRecord.gone_id, MergedRecord.into_id))}  # noqa: C416
