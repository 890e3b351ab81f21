"""A released report with recipients, a mailer on its way to odd servers, and a clock that a test turns."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.authority import Authority
from monitor.database.database import Database
from monitor.incidents.cases import unresolved
from monitor.models.daily_report import Report, ReportState
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.report_mail import (
    DocumentKind,
    FileForm,
    ReportDelivery,
    ReportDocument,
    ReportRecipient,
    ReportTry,
)
from monitor.vault.vault import Vault
from rollcall.channels.smtp import SmtpServer
from rollcall.reporting.documents import Made, Sending, begin_documents
from rollcall.reporting.mail import Signer
from rollcall.reporting.mail_alarms import tell_unsent
from rollcall.reporting.mailing import MailSetUp, ReportMailer
from tests.worlds.report_content import ZONE
from tests.worlds.small_zone import add_zone

RELEASED = datetime.fromisoformat("2026-11-24T14:45:00+07:00")
"""When a report leaves that is due at 15:00."""
BOX, COPY = "bao-cao@tinh.example.vn", "cdc@tinh.example.vn"


def makes(_session: Session, document: ReportDocument) -> list[Made]:
    """Small files in the place of the real ones; of a sheet with names none, as in earnest."""
    if document.kind is DocumentKind.DAY_SHEET:
        return []
    return [
        Made(form, language, f"%{form} {document.number} {language}".encode()) for form in FileForm for language in ("vi", "en")
    ]


class MailedReports:
    """The world. now: what its clock says."""

    def __init__(
        self, database: Database, vault: Vault, ports: Sequence[int], *, signer: Signer | None = None, seconds: float = 3.0
    ) -> None:
        self.database, self.vault, self.now = database, vault, RELEASED
        self.ports, self.signer, self.seconds = ports, signer, seconds
        self.zone, _people = add_zone(database, "Khu cách ly 1")
        self.sending = Sending(ZONE, "tinh.example.vn" if ports else "")
        self.mailer = self.worker()

    def worker(self, **changes: object) -> ReportMailer:
        """Another process's part, or the same one started anew."""
        set_up = MailSetUp(
            tuple(SmtpServer("127.0.0.1", port, "none") for port in self.ports),
            "cachly@tinh.example.vn",
            Authority("Ban chỉ đạo tỉnh"),
            self.signer,
            ZONE,
            "https://console.example.vn",
            self.seconds,
        )
        name = secrets.token_hex(4)
        makers = dict.fromkeys(DocumentKind, makes)
        return ReportMailer(self.database, self.vault, name, makers, set_up, clock=lambda: self.now)

    def recipient(self, address: str = BOX, **changes: object) -> int:
        """Of every daily report."""
        values = {"name": "Ủy ban nhân dân tỉnh", "language": "vi", "forms": ["pdf", "xlsx", "json"], **changes}
        with self.database.write() as session:
            row = ReportRecipient(kind=DocumentKind.DAILY, address=address, made_at=RELEASED, **values)
            session.add(row)
            session.flush()
            return row.id

    def release(self, number: int = 12, *, replaces: int | None = None, provisional: bool = False) -> int:
        """A report of 24 November that has a number, and leaves."""
        with self.database.write() as session:
            row = Report(
                day=RELEASED.date(),
                version=number,
                year=2026,
                number=number,
                state=ReportState.PROVISIONAL if provisional else ReportState.FINAL,
                cut_off=RELEASED - timedelta(minutes=45),
                released_at=self.now,
                replaces_id=replaces,
            )
            session.add(row)
            session.flush()
            report_id = row.id
        self.begin()
        return report_id

    def begin(self) -> int:
        """The clock's part."""
        return begin_documents(self.database, self.now, self.sending)

    def wait(self, **of: float) -> None:
        """Turn the clock on, and let everybody do their part."""
        self.now += timedelta(**of)
        self.mailer.work_once()
        tell_unsent(self.database, self.now, ZONE)

    @property
    def delivery(self) -> ReportDelivery:
        """The newest mail."""
        with self.database.read() as session:
            return session.scalars(select(ReportDelivery).order_by(ReportDelivery.id.desc()).limit(1)).one()

    @property
    def deliveries(self) -> list[ReportDelivery]:
        """All mails."""
        with self.database.read() as session:
            return list(session.scalars(select(ReportDelivery).order_by(ReportDelivery.id)))

    @property
    def tries(self) -> list[tuple[int, str, int]]:
        """Server, fate and code of each try."""
        with self.database.read() as session:
            rows = session.scalars(select(ReportTry).order_by(ReportTry.id))
            return [(each.server, each.fate, each.code) for each in rows]

    @property
    def alarms(self) -> list[str]:
        """What people are told now that has not ended, each as its template begins."""
        with self.database.read() as session:
            waiting = (Incident.kind == IncidentKind.REPORT_NOT_SENT, unresolved(), Incident.cause_ended_at.is_(None))
            return [each.reason["template"] for each in session.scalars(select(Incident).where(*waiting).order_by(Incident.id))]
