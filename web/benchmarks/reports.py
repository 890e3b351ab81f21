"""Reports of a province for benches: yesterday's, released, and today's draft, each counted as the clock would."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.daily_report import Report, ReportKind, ReportState
from monitor.reports.releasing import begin_day, release
from rollcall.reporting.drawing_up import count_report

HERE = ZoneInfo("Asia/Ho_Chi_Minh")


def add_reports(database: Database, now: datetime) -> None:
    """One of the day before, which left as provisional, and a draft of a moment ago."""
    for before, cut_off in ((1, now - timedelta(days=1)), (0, now - timedelta(seconds=1))):
        report_id = count_day(database, cut_off, now)
        if before:
            with database.write() as session:
                release(session, report_id, ReportState.PROVISIONAL, now, account_id=None)


def count_day(database: Database, cut_off: datetime, now: datetime) -> int:
    """Begin and count the report of a cut-off's day; returns its key."""
    day = cut_off.astimezone(HERE).date()
    with database.write() as session:
        begin_day(session, ReportKind.DAILY, day, cut_off)
        newest = select(Report.id).where(Report.kind == ReportKind.DAILY, Report.day == day).order_by(Report.version.desc())
        report_id = session.scalars(newest.limit(1)).one()
    count_report(database, report_id, HERE, now)
    return report_id
