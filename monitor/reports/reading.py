"""A report read from what is kept of it: its figures with yesterday's and with those that it replaces, units, and charts of 14 days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from monitor.authority import Authority
from monitor.database.together import Reading, asked, at_once, first, read
from monitor.models.accounts import Account
from monitor.models.daily_report import NO_UNIT, WHOLE, Report, ReportFigure, ReportState
from monitor.places.units.search import key_of, unit_asked
from monitor.problems import NotFound
from monitor.reports.content import Cell, Collected, FigureLine, ReportContent, Section, Series, UnitRow
from monitor.reports.definitions import BY_UNIT, CHARTED, FIGURES, GROUPS, Group, stored
from monitor.reports.for_report import collected_on
from monitor.reports.kept import Kept, figures_of_several
from monitor.reports.releasing import NO_PAGE
from monitor.reports.stating import newest_asked
from monitor.reports.successors import Units, read_units
from monitor.stated import stated
from monitor.words import Words, words

DAYS = 14
NO_UNIT_NAMES = ("Chưa khai báo đơn vị", "No unit stated")
Figures = Mapping[str, Kept]


def value_of(figures: Figures, key: str, unit: str = WHOLE) -> float | None:
    """A figure of a unit, of the whole where that is WHOLE; None: nothing can be said, or it was not counted then."""
    figure = FIGURES[key]
    if figure.share is not None:
        part, whole = (value_of(figures, each, unit) for each in figure.share)
        return part / whole if part is not None and whole else None
    if figure.parts:
        values = [value_of(figures, each, unit) for each in figure.parts]
        known = [each for each in values if each is not None]
        return sum(known) if len(known) == len(values) else None
    kept = figures.get(key)
    if kept is None:
        return None
    return kept.value if unit == WHOLE else kept.units.get(unit, (0.0, None))[0]


@dataclass(frozen=True)
class _Versions:
    """Figures of a report, of the one it goes on from, and of the one whose place it takes; None: there is none."""

    own: Figures
    yesterday: Figures | None
    replaced: Figures | None

    def cell(self, key: str, unit: str = WHOLE) -> Cell:
        """One number with what it was."""
        figure, value = FIGURES[key], value_of(self.own, key, unit)
        was = value_of(self.replaced, key, unit) if self.replaced is not None else None
        return Cell(
            key,
            figure.measure,
            value,
            value_of(self.yesterday, key, unit) if self.yesterday is not None else None,
            was,
            self.replaced is not None and was != value,
            figure.lists is not None and bool(value),
        )

    def units(self) -> set[str]:
        """All units in which anything was counted."""
        return {unit for figures in (self.own, self.replaced or {}) for kept in figures.values() for unit in kept.units}


def report_of(session: Session, report_id: int) -> Report:
    """A report's row. Raises NotFound."""
    report = session.get(Report, report_id)
    if report is None:
        raise NotFound(NO_PAGE)
    return report


def content_of(session: Session, report_id: int, authority: Authority) -> ReportContent:
    """All of a report, as values. authority: who sends it. Raises NotFound. Five statements, mostly, whatever its size."""
    report = report_of(session, report_id)
    before, replaces = report.before_id, report.replaces_id
    figures = figures_of_several(session, {each for each in (report.id, before, replaces) if each is not None})
    versions = _Versions(
        figures[report.id],
        figures[before] if before is not None else None,
        figures[replaces] if replaces is not None else None,
    )
    units = read_units(session, versions.units() - {NO_UNIT}, report.day)
    sections = tuple(_section(group, versions) for group in GROUPS)
    rows = tuple(_unit_rows(versions, units))
    whole = [cell for section in sections for line in section.lines for cell in line.cells]
    changed = {(cell.key, WHOLE) for cell in whole if cell.changed}
    changed |= {(cell.key, row.unit) for row in rows for cell in row.cells if cell.changed}
    collected = collected_on(session, report.day, report.cut_off)
    times, place, replaced, released_by, charts = read(
        session,
        at_once(
            newest_asked(),
            unit_asked(key_of(stated().unit)),
            first(select(Report.number).where(Report.id == (replaces or 0))),
            first(select(Account.username).where(Account.id == (report.released_by or 0))),
            _charts_asked(report),
        ),
    )
    return ReportContent(
        report_id=report.id,
        kind=report.kind,
        day=report.day,
        year=report.year,
        number=report.number,
        state=report.state,
        replaces=replaced,
        changed=frozenset(changed),
        cut_off=report.cut_off,
        since=report.since,
        made_at=report.made_at,
        released_at=report.released_at,
        released_by=released_by,
        authority=authority.headed("vi") if authority.is_named else "",
        authority_in_english=authority.headed("en") if authority.is_named else "",
        place=place.name if place else "",
        sections=sections,
        unit_columns=tuple(words(FIGURES[key].named) for key in BY_UNIT),
        units=rows,
        collected_columns=tuple(each.names for each in collected.fields),
        collected=tuple(
            Collected(each.name, each.entered_at, tuple(each.numbers.get(field.key) for field in collected.fields))
            for each in collected.reporters
        ),
        notes=tuple(Words.load(each) for each in report.notes),
        gaps=tuple(Words.load(each) for each in report.gaps),
        charts=charts,
        fast=times is not None and times.fast_seconds is not None,
    )


def _section(group: Group, versions: _Versions) -> Section:
    lines = []
    for keys in group.lines:
        first = FIGURES[next(key for key in keys if key)]
        cells = tuple(versions.cell(key) if key else Cell("", first.measure, None) for key in keys)
        lines.append(FigureLine(words(first.words), cells, words(first.note) if first.note else None))
    return Section(group.key, words(group.title), tuple(words(each) for each in group.columns), tuple(lines))


def _unit_rows(versions: _Versions, units: Units) -> list[UnitRow]:
    """By name, what has no unit last."""
    rows = []
    for unit in versions.units():
        name, name_en = NO_UNIT_NAMES if unit == NO_UNIT else units.names(unit)
        rows.append(UnitRow(unit, name, name_en, tuple(versions.cell(key, unit) for key in BY_UNIT)))
    return sorted(rows, key=lambda row: (row.unit == NO_UNIT, row.name, row.unit))


def needed(keys: Iterable[str]) -> set[str]:
    """The stored figures from which these follow."""
    found: set[str] = set()
    for key in keys:
        figure = FIGURES[key]
        found |= {key} if stored(figure) else needed((*figure.parts, *(figure.share or ())))
    return found


def _charts_asked(report: Report) -> Reading[tuple[Series, ...]]:
    """Some figures of the days up to a report's: of each day the newest version that was released, of its own day itself."""
    begins = report.day - timedelta(days=DAYS - 1)
    earlier = and_(Report.day >= begins, Report.day < report.day, Report.state != ReportState.DRAFT)
    rows = yield from asked(
        select(Report.day, Report.version, ReportFigure.key, ReportFigure.value)
        .join(ReportFigure, ReportFigure.report_id == Report.id)
        .where(Report.kind == report.kind, or_(earlier, Report.id == report.id), ReportFigure.key.in_(needed(CHARTED)))
        .order_by(Report.day, Report.version)
    )
    figures: dict[date, dict[str, Kept]] = {}
    for day, _version, key, value in rows:
        figures.setdefault(day, {})[key] = Kept(value)
    days = [begins + timedelta(days=each) for each in range(DAYS)]
    return tuple(
        Series(
            key,
            words(FIGURES[key].named),
            FIGURES[key].measure,
            tuple((day, value_of(figures.get(day, {}), key)) for day in days),
        )
        for key in CHARTED
    )
