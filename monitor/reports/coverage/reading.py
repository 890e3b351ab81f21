"""Coverage as pages and files show it: kept rows of a day beside those of a week before. Rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Integer, and_, case, cast, func, select
from sqlalchemy.orm import Session, aliased

from monitor.control_points.of_units import Unit
from monitor.models.places import Zone
from monitor.models.reporters import CoverageDay, Reporter, ReporterKind
from monitor.models.units import AdministrativeUnit
from monitor.places.units.search import UnitKey
from monitor.reports.collected.reporters import in_units
from monitor.reports.coverage.counting import ELSEWHERE, NOT_STATED, ORGANISATION, PROVINCE, UNIT, ZONE, about_unit
from monitor.reports.coverage.standing import Covered, share

WEEK = timedelta(days=7)
CURVE_DAYS = 28
MOST_UNITS = 1000


@dataclass(frozen=True)
class Line:
    """One row of a table. name: in Vietnamese; spot: where it lies, north and east. reporter_id: whose page it leads to."""

    name: str
    row: CoverageDay
    week_ago: float | None
    reporter_id: int | None = None
    spot: tuple[float, float] | None = None

    @property
    def users(self) -> int | None:
        """The whole that its share is of: smartphone users, else an organisation's list of workers."""
        return self.row.smartphone_users if self.row.smartphone_users is not None else self.row.listed

    @property
    def share(self) -> float | None:
        """Of smartphone users."""
        return share(self.row.covered, self.users)

    @property
    def captured(self) -> float | None:
        """The share of people at doors with a camera who were scanned; None where too few came."""
        crossed = self.row.crossed or 0
        return min(1.0, (self.row.scanned or 0) / crossed) if crossed >= 10 else None

    @property
    def covered(self) -> Covered:
        """As `fell_behind` judges it."""
        return Covered(self.row.about, self.name, self.row.covered, self.users, self.row.counted_on, self.week_ago)


def newest_day(session: Session) -> date | None:
    """The last day that was counted; None: none was yet."""
    return session.scalar(select(func.max(CoverageDay.day)).where(CoverageDay.about == PROVINCE))


def curve(session: Session, until: date, days: int = CURVE_DAYS) -> list[tuple[date, float | None]]:
    """The province's share by day, the oldest first; None where a day was not counted."""
    begin = until - timedelta(days=days - 1)
    rows = session.execute(
        select(CoverageDay.day, CoverageDay.covered, CoverageDay.smartphone_users).where(
            CoverageDay.about == PROVINCE, CoverageDay.day >= begin, CoverageDay.day <= until
        )
    )
    found = {row.day: share(row.covered, row.smartphone_users) for row in rows}
    return [(day, found.get(day)) for day in (begin + timedelta(days=each) for each in range(days))]


def whole_of(session: Session, day: date) -> Line | None:
    """The province on a day."""
    rows = _rows(session, day, CoverageDay.about == PROVINCE)
    return Line("", *rows[0]) if rows else None


def others_of(session: Session, day: date) -> dict[str, CoverageDay]:
    """Those who named no commune, and those who live in none of this province."""
    rows = session.scalars(select(CoverageDay).where(CoverageDay.day == day, CoverageDay.about.in_((NOT_STATED, ELSEWHERE))))
    return {row.about: row for row in rows}


def units_on(session: Session, day: date, units: set[Unit] | None) -> list[Line]:
    """Communes on a day, by name; units: those that the reader sees, None for all."""
    where = in_units(units)
    query = (
        select(Reporter.id, Reporter.name, Reporter.unit_code, Reporter.unit_from, AdministrativeUnit.latitude, AdministrativeUnit.longitude)
        .outerjoin(
            AdministrativeUnit,
            and_(
                AdministrativeUnit.code == Reporter.unit_code, AdministrativeUnit.valid_from == Reporter.unit_from
            ),
        )
        .where(Reporter.kind == ReporterKind.COMMUNE, Reporter.closed_at.is_(None))
        .order_by(Reporter.folded, Reporter.id)
        .limit(MOST_UNITS)
    )  # fmt: skip
    reporters = session.execute(query if where is None else query.where(where)).all()
    rows = {row.about: (row, before) for row, before in _rows(session, day, CoverageDay.about.startswith(UNIT))}
    found: list[Line] = []
    for reporter_id, name, code, since, north, east in reporters:
        kept = rows.get(about_unit(UnitKey(code, since))) if code and since else None
        if kept is not None:
            found.append(Line(name, *kept, reporter_id, (north, east) if north is not None and east is not None else None))
    return found


def organisations_on(
    session: Session, day: date, units: set[Unit] | None, *, start: int = 0, most: int | None = None
) -> list[Line]:
    """Organisations on a day: first those whose share is lowest, last those of which nothing is known; a page of them."""
    before = aliased(CoverageDay)
    whole = func.coalesce(CoverageDay.smartphone_users, CoverageDay.listed)
    number = func.substr(CoverageDay.about, len(ORGANISATION) + 1)
    reached = CoverageDay.covered * 1.0 / func.nullif(whole, 0)
    query = (
        select(CoverageDay, before.covered, func.coalesce(before.smartphone_users, before.listed), Reporter.id, Reporter.name)
        # Cast where it is one only: PostgreSQL may look at every row before it leaves any out.
        .join(Reporter, Reporter.id == case((CoverageDay.about.startswith(ORGANISATION), cast(number, Integer)), else_=None))
        .outerjoin(before, and_(before.about == CoverageDay.about, before.day == day - WEEK))
        .where(CoverageDay.day == day, CoverageDay.about.startswith(ORGANISATION), Reporter.closed_at.is_(None))
        .order_by(reached.is_(None), reached, Reporter.folded, Reporter.id)
        .offset(start)
    )
    where = in_units(units)
    query = query if where is None else query.where(where)
    return [
        Line(name, row, share(covered, users), reporter_id)
        for row, covered, users, reporter_id, name in session.execute(query if most is None else query.limit(most))
    ]


def zones_on(session: Session, day: date, zones: frozenset[int] | None) -> list[Line]:
    """Zones on a day, by name; zones: the reader's, None for all."""
    query = select(Zone.id, Zone.name).where(Zone.closed_at.is_(None)).order_by(Zone.name)
    known = session.execute(query if zones is None else query.where(Zone.id.in_(zones))).all()
    rows = {row.about: row for row, _before in _rows(session, day, CoverageDay.about.startswith(ZONE))}
    return [Line(name, rows[about], None, zone_id) for zone_id, name in known if (about := f"{ZONE}{zone_id}") in rows]


def _rows(session: Session, day: date, where: ColumnElement[bool]) -> Sequence[tuple[CoverageDay, float | None]]:
    before = aliased(CoverageDay)
    rows = session.execute(
        select(CoverageDay, before.covered, func.coalesce(before.smartphone_users, before.listed))
        .outerjoin(before, and_(before.about == CoverageDay.about, before.day == day - WEEK))
        .where(CoverageDay.day == day, where)
    )
    return [(row, share(covered, users)) for row, covered, users in rows]
