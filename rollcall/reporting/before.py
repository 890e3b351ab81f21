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
    found: dict[int, Place] = {}
    for place, digests in _lists(before, units, Stock.NOW).items():
        for numbers in numbers_of(session, digests).values():
            found.update(dict.fromkeys(numbers, place))
    for gone, stays in _merged(session).items():
        if gone in found and stays not in found:
            found[stays] = found.pop(gone)
    return found


def ever_before(session: Session, before: Before, units: Units) -> Iterator[tuple[Place, set[int]]]:
    """Each place with whoever was ever counted there; one after the other, since all of them are many."""
    merged = _merged(session)
    for place, digests in _lists(before, units, Stock.EVER).items():
        numbers = numbers_of(session, digests)
        yield place, {merged.get(number, number) for digest in digests for number in numbers[digest]}


def _lists(before: Before, units: Units, stock: Stock) -> dict[Place, list[str]]:
    """The lists of a stock by place; several where units were merged since."""
    found: dict[Place, list[str]] = {}
    for setting in Setting:
        kept = before.figures.get(stock_key(setting, stock))
        for unit, (_count, digest) in kept.units.items() if kept else ():
            if digest:
                found.setdefault(place_of(setting, units.today(unit)), []).append(digest)
    return found


def _merged(session: Session) -> dict[int, int]:
    return {gone: stays for gone, stays in session.execute(select(MergedRecord.gone_id, MergedRecord.into_id))}  # noqa: C416
