"""What reports said over any days: stock, new and ended, of each day the newest version that was released."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.daily_report import Report, ReportFigure, ReportKind, ReportState
from monitor.reports.content import Series
from monitor.reports.definitions import CHARTED, FIGURES
from monitor.reports.kept import Kept
from monitor.reports.reading import needed, value_of
from monitor.words import words

MOST_DAYS = 62
"""Of a curve that is printed by days; of a longer span the last day of each week stands in it."""


def released_series(session: Session, first: date, last: date) -> list[Series]:
    """The curves of these days, both included; empty where no report of them was released. One statement."""
    rows = session.execute(
        select(Report.day, ReportFigure.key, ReportFigure.value)
        .join(ReportFigure, ReportFigure.report_id == Report.id)
        .where(
            Report.kind == ReportKind.DAILY,
            Report.day >= first,
            Report.day <= last,
            Report.state != ReportState.DRAFT,
            ReportFigure.key.in_(needed(CHARTED)),
        )
        .order_by(Report.day, Report.version)
    )
    figures: dict[date, dict[str, Kept]] = {}
    for day, key, value in rows:
        figures.setdefault(day, {})[key] = Kept(value)
    if not figures:
        return []
    step = 1 if (last - first).days < MOST_DAYS else 7
    days = [last - timedelta(days=each) for each in range((last - first).days, -1, -step)]
    return [
        Series(
            key,
            words(FIGURES[key].words),
            FIGURES[key].measure,
            tuple((day, value_of(figures[day], key) if day in figures else None) for day in days),
        )
        for key in CHARTED
    ]
