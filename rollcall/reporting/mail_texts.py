"""What a document's mail says beside its files: what it is, what it replaces, and where it stands; of a sheet with names its address alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.orm import Session

from monitor import written
from monitor.models.accounts import Account
from monitor.models.places import Zone
from monitor.models.report_mail import DocumentKind, FileForm, ReportDocument, ReportFile
from monitor.words import N_, Words, translator

_NAMES = {DocumentKind.DAILY: "bao-cao", DocumentKind.DAY_SHEET: "phieu-ngay", DocumentKind.WEEK: "tuan"}
_NAMES_IN_ENGLISH = {DocumentKind.DAILY: "report", DocumentKind.DAY_SHEET: "day-sheet", DocumentKind.WEEK: "week"}


def subject_of(session: Session, document: ReportDocument, language: str) -> str:
    """Of the mail, in one line."""
    say = translator(language)
    values: dict[str, object] = {"day": written.day(document.day, language)}
    if document.kind is DocumentKind.DAY_SHEET:
        zone = session.get(Zone, document.zone_id) if document.zone_id is not None else None
        return Words(N_("Day sheet of %(zone)s, %(day)s"), values | {"zone": zone.name if zone else ""}).say(say)
    if document.kind is DocumentKind.WEEK:
        account = session.get(Account, document.account_id) if document.account_id is not None else None
        last = written.day(document.day - timedelta(days=1), language)
        return Words(N_("Week of %(name)s until %(day)s"), {"name": account.username if account else "", "day": last}).say(say)
    values["number"] = document.number
    if document.provisional:
        return Words(N_("Report no. %(number)s of %(day)s (provisional)"), values).say(say)
    return Words(N_("Report no. %(number)s of %(day)s"), values).say(say)


def letter_text(session: Session, document: ReportDocument, files: Sequence[ReportFile], language: str, console: str) -> str:
    """Of the mail, its lines."""
    say = translator(language)
    paragraphs = [subject_of(session, document, language) + "."]
    if document.replaces:
        paragraphs.append(Words(N_("It replaces no. %(number)s."), {"number": document.replaces}).say(say))
    if document.provisional:
        paragraphs.append(say(N_("It left at its hour, before anyone had released it. Its gaps are named in it.")))
    if document.kind is DocumentKind.DAY_SHEET:
        # It names people: what leaves the house does not.
        address = f"{console}/zones/{document.zone_id}/day-sheet?day={document.day.isoformat()}"
        paragraphs += [say(N_("The sheet names people, so it is not attached. Staff open and print it here:")), address]
    elif files:
        digests = [f"{file_name(document, each.form, each.language)}  {each.sha256}" for each in files]
        paragraphs.append("\n".join([say(N_("Attached, with their digests (SHA-256):")), *digests]))
    return "\n\n".join(paragraphs) + "\n"


def file_name(document: ReportDocument, form: FileForm, language: str) -> str:
    """In ASCII, so that every mail program keeps it: bao-cao-12-2026-20261124.pdf."""
    name = (_NAMES_IN_ENGLISH if language == "en" else _NAMES)[document.kind]
    number = f"-{document.number.replace('/', '-')}" if document.number else ""
    return f"{name}{number}-{document.day:%Y%m%d}.{form.value}"
