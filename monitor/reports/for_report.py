"""What a day's report says of coverage and of what was collected: plain values as of a moment, and the numbers of rows behind each.

`collected_on` and `coverage_at` are asked while a report is counted. Both read rows that stand still: an entry that comes after the moment
changes nothing of what they say of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from monitor.models.reporters import CollectedEarlier, CollectedEntry, CollectedField, Reporter, ReporterKind
from monitor.reports.collected.fields import concerns
from monitor.reports.coverage.counting import Counts, count, declarants_in_force
from monitor.reports.coverage.standing import share


@dataclass(frozen=True)
class FieldSum:
    """A number that reporters enter, added up. names: Vietnamese, English. entered: the reporters who entered it, in their order."""

    key: str
    names: tuple[str, str]
    total: int
    entered: tuple[int, ...]


@dataclass(frozen=True)
class ReporterDay:
    """What one reporter entered by the moment. unit: as `UnitKey` is written, empty for the province. entered_at, None: nothing."""

    reporter_id: int
    name: str
    kind: ReporterKind
    unit: str
    entered_at: datetime | None
    numbers: Mapping[str, int]


@dataclass(frozen=True)
class CollectedDay:
    """Everything that was collected of a day. missing: the reporters who entered nothing by the moment, by name."""

    fields: tuple[FieldSum, ...]
    reporters: tuple[ReporterDay, ...]
    missing: tuple[ReporterDay, ...]


def collected_on(session: Session, day: date, by: datetime) -> CollectedDay:
    """What was entered for a day by a moment; who entered twice, as it stood then. Four statements, whatever there is."""
    reporters = session.scalars(
        select(Reporter)
        .where(Reporter.made_at <= by, or_(Reporter.closed_at.is_(None), Reporter.closed_at > by))
        .order_by(Reporter.kind != ReporterKind.COMMUNE, Reporter.folded, Reporter.id)
    ).all()
    said = _as_of(session, day, by)
    rows = tuple(_row(each, said.get(each.id)) for each in reporters)
    fields = session.scalars(
        select(CollectedField)
        .where(CollectedField.made_at <= by, or_(CollectedField.closed_at.is_(None), CollectedField.closed_at > by))
        .order_by(CollectedField.position, CollectedField.id)
    ).all()
    return CollectedDay(
        tuple(_sum(field, rows) for field in fields), rows, tuple(row for row in rows if row.entered_at is None)
    )


def _as_of(session: Session, day: date, by: datetime) -> Mapping[int, CollectedEntry | CollectedEarlier]:
    """The entry of each reporter that held at a moment: the newest that was there then."""
    found: dict[int, CollectedEntry | CollectedEarlier] = {}
    earlier = select(CollectedEarlier).where(CollectedEarlier.day == day, CollectedEarlier.entered_at <= by)
    for row in session.scalars(earlier.order_by(CollectedEarlier.version)):
        found[row.reporter_id] = row
    for entry in session.scalars(select(CollectedEntry).where(CollectedEntry.day == day, CollectedEntry.entered_at <= by)):
        found[entry.reporter_id] = entry
    return found


def _row(reporter: Reporter, said: CollectedEntry | CollectedEarlier | None) -> ReporterDay:
    unit = f"{reporter.unit_code}_{reporter.unit_from}" if reporter.unit_code and reporter.unit_from else ""
    return ReporterDay(
        reporter.id, reporter.name, reporter.kind, unit, said.entered_at if said else None, said.numbers if said else {}
    )


def _sum(field: CollectedField, rows: Sequence[ReporterDay]) -> FieldSum:
    entered = [row for row in rows if field.key in row.numbers and concerns(field.asked_of, row.kind)]
    total = sum(int(row.numbers[field.key]) for row in entered)
    return FieldSum(field.key, (field.name_vi, field.name_en), total, tuple(sorted(row.reporter_id for row in entered)))


@dataclass(frozen=True)
class CoverageNow:
    """Coverage as of a moment. whole: of the province; units, organisations, zones: see `Counts.about`.

    declarants: the numbers of declarants with a declaration in force, by `Counts.about` of their commune; `unit:-` for none.
    """

    whole: Counts
    units: tuple[Counts, ...]
    organisations: tuple[Counts, ...]
    zones: tuple[Counts, ...]
    declarants: Mapping[str, tuple[int, ...]]

    @property
    def share(self) -> float | None:
        """Of smartphone users, in communes where their number is known."""
        return share(self.whole.covered, self.whole.smartphone_users)


def coverage_at(session: Session, day: date, now: datetime, *, lists: bool = True) -> CoverageNow:
    """Coverage at a moment; day: of the numbers that people entered. Some seconds in a whole province. lists: also who is counted."""
    whole, *rows = count(session, day, now)

    def those(begin: str) -> tuple[Counts, ...]:
        return tuple(row for row in rows if row.about.startswith(begin))

    declarants = declarants_in_force(session, now) if lists else {}
    return CoverageNow(whole, those("unit:"), those("organisation:"), those("zone:"), declarants)
