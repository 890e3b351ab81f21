"""The demonstration's reports to the province: a clock that is faster than days are, and two addresses that get them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.demonstration.people import TESTED_BY
from monitor.models.accounts import Account
from monitor.models.report_mail import DocumentKind, ReportLetterhead
from monitor.reports.recipients import Typed, add_recipient
from monitor.reports.stating import keep_times, times_held
from monitor.reports.times import SHIPPED

DAY_OF_REPORTS = timedelta(minutes=7)
"""So that the first one arrives about six minutes after the start."""
RECIPIENTS = (
    Typed("Ủy ban nhân dân tỉnh", "bao-cao@tinh.example.vn", "vi", ("pdf", "xlsx", "json"), copy=False),
    Typed("Trung tâm Kiểm soát bệnh tật", "cdc@tinh.example.vn", "en", ("pdf", "xlsx"), copy=True),
)


def seed_reports(session: Session, now: datetime) -> None:
    """In the caller's write transaction."""
    account_id = session.scalars(select(Account.id).where(Account.username == TESTED_BY)).one()
    if times_held(session) is None:
        keep_times(
            session,
            replace(SHIPPED, alarm_account_id=account_id, fast_since=now, fast=DAY_OF_REPORTS),
            now,
            account_id=None,
        )
    for each in RECIPIENTS:
        add_recipient(session, DocumentKind.DAILY, each, None, now)
    session.add(
        ReportLetterhead(
            parent="Ủy ban nhân dân tỉnh Bình Dương",
            signer_role="Trưởng trạm y tế",
            signer="Nguyễn Văn Trình Diễn",
            made_at=now,
        )
    )
