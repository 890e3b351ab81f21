"""Makes the files of each kind of document from what stands in the database: of a report all forms in both languages, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.authority import Authority
from monitor.clock import utc_now
from monitor.models.accounts import Account
from monitor.models.report_mail import DocumentKind, FileForm, ReportDocument, ReportLetterhead, ReportRecipient
from monitor.reports.form.as_json import json_of
from monitor.reports.form.pdf import pdf_of
from monitor.reports.form.plain import Plain, plain_pdf, plain_workbook
from monitor.reports.form.said import Letterhead, Recipient, Said, Spoken
from monitor.reports.form.workbook import workbook_of
from monitor.reports.reading import content_of
from monitor.reports.week import DAYS, charts_of, sections_of, week_of, zone_names
from monitor.settings import Settings
from monitor.words import LANGUAGES, N_, Words
from rollcall.reporting.documents import Made, Maker


def makers_of(settings: Settings) -> Mapping[DocumentKind, Maker]:
    """A maker of each kind."""
    authority, zone = settings.speaker, settings.zone

    def daily(session: Session, document: ReportDocument) -> Sequence[Made]:
        return report_files(session, document, authority, zone)

    def week(session: Session, document: ReportDocument) -> Sequence[Made]:
        return week_files(session, document, authority, zone)

    def day_sheet(_session: Session, _document: ReportDocument) -> Sequence[Made]:
        # It names people: made when somebody prints it, and kept nowhere.
        return ()

    return {DocumentKind.DAILY: daily, DocumentKind.WEEK: week, DocumentKind.DAY_SHEET: day_sheet}


def letterhead_of(session: Session) -> Letterhead:
    """What stands around a report's figures, as somebody set it, with who gets it."""
    row = session.scalars(select(ReportLetterhead).order_by(ReportLetterhead.id.desc()).limit(1)).first()
    recipients = select(ReportRecipient).where(
        ReportRecipient.kind == DocumentKind.DAILY, ReportRecipient.schedule_id.is_(None), ReportRecipient.closed_at.is_(None)
    )
    named = [Recipient(each.name, each.copy) for each in session.scalars(recipients.order_by(ReportRecipient.id)) if each.name]
    if row is None:
        return Letterhead(recipients=named)
    return Letterhead(row.parent, row.signer_role, row.signer, named)


def report_files(session: Session, document: ReportDocument, authority: Authority, zone: ZoneInfo) -> list[Made]:
    """PDF, XLSX and JSON of a version of a report, in each language."""
    assert document.report_id is not None
    content, letterhead = content_of(session, document.report_id, authority), letterhead_of(session)
    made: list[Made] = []
    for language in LANGUAGES:
        said = Said(language, zone, content)
        made += [
            Made(FileForm.PDF, language, pdf_of(said, letterhead)),
            Made(FileForm.XLSX, language, workbook_of(said, letterhead)),
            Made(FileForm.JSON, language, json_of(said)),
        ]
    return made


def week_files(session: Session, document: ReportDocument, authority: Authority, zone: ZoneInfo) -> list[Made]:
    """PDF and XLSX of the seven days before the document's."""
    account = session.get_one(Account, document.account_id)
    first, now = document.day - timedelta(days=DAYS), utc_now()
    week, zones = week_of(session, account, first, zone.key, now), zone_names(session, account)
    made: list[Made] = []
    for language in LANGUAGES:
        values = {"name": account.username, "day": f"{document.day - timedelta(days=1):%d/%m/%Y}"}
        of = Words(N_("Zones: %(zones)s."), {"zones": ", ".join(zones)}) if zones else Words(N_("All zones."))
        title = Words(N_("Week of %(name)s until %(day)s"), values)
        plain = Plain(title, authority.headed(language), document.asked_at, sections_of(week), charts_of(week), [of])
        said = Spoken(language, zone)
        made += [
            Made(FileForm.PDF, language, plain_pdf(said, plain)),
            Made(FileForm.XLSX, language, plain_workbook(said, plain)),
        ]
    return made
