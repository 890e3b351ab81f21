"""Reports of a province for benches: yesterday's, released, and today's draft, each counted as the clock would."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.daily_report import Report, ReportKind, ReportState
from monitor.models.report_mail import (
    DeliveryState,
    DocumentKind,
    DocumentState,
    ReportDelivery,
    ReportDocument,
    ReportSchedule,
    ReportTry,
)
from monitor.reports.recipients import Typed, add_recipient
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


def add_documents(database: Database, zone_id: int, now: datetime) -> int:
    """A document of the first report with a mail of which nobody knows whether it arrived, a recipient, and a zone's day sheet by
    schedule; returns the document's key.
    """
    with database.write() as session:
        report = session.scalars(select(Report).order_by(Report.id).limit(1)).one()
        typed = Typed("Ủy ban nhân dân tỉnh", "bao-cao@tinh.example.vn", "vi", ("pdf",), copy=False)
        recipient = add_recipient(session, DocumentKind.DAILY, typed, None, now)
        document = ReportDocument(
            kind=DocumentKind.DAILY,
            report_id=report.id,
            day=report.day,
            number=f"1/{report.day.year}",
            state=DocumentState.MADE,
            asked_at=now,
            made_at=now,
        )
        schedule = ReportSchedule(
            kind=DocumentKind.DAY_SHEET, zone_id=zone_id, weekdays=[0], at="17:00", next_at=now + timedelta(days=7), made_at=now
        )
        session.add_all((document, schedule))
        session.flush()
        delivery = ReportDelivery(
            document_id=document.id,
            recipient_id=recipient.id,
            address=recipient.address,
            language="vi",
            forms=["pdf"],
            state=DeliveryState.UNCERTAIN,
            attempts=1,
            message_id="<report-1@tinh.example.vn>",
            answer="SMTPServerDisconnected",
            made_at=now,
            alarmed=True,
        )
        session.add(delivery)
        session.flush()
        session.add(ReportTry(delivery_id=delivery.id, at=now, server=1, fate="uncertain"))
        return document.id


def count_day(database: Database, cut_off: datetime, now: datetime) -> int:
    """Begin and count the report of a cut-off's day; returns its key."""
    day = cut_off.astimezone(HERE).date()
    with database.write() as session:
        begin_day(session, ReportKind.DAILY, day, cut_off)
        newest = select(Report.id).where(Report.kind == ReportKind.DAILY, Report.day == day).order_by(Report.version.desc())
        report_id = session.scalars(newest.limit(1)).one()
    count_report(database, report_id, HERE, now)
    return report_id
