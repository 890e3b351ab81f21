"""Documents that are to be made and mailed: begun when a report is released or a schedule is due, made once, kept with a digest.

Each step is a conditional update, so it may run twice and on several machines; a process that dies in between costs a delay.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.database.database import Database, insert_new
from monitor.database.statements import changed
from monitor.models.daily_report import Report, ReportKind, ReportState
from monitor.models.report_mail import (
    DeliveryState,
    DocumentKind,
    DocumentState,
    FileForm,
    ReportDelivery,
    ReportDocument,
    ReportFile,
    ReportRecipient,
    ReportSchedule,
)
from monitor.problems import Problem
from monitor.reports.deliveries import settle
from monitor.reports.recipients import next_time
from monitor.reports.stating import times_held
from monitor.reports.times import SHIPPED, of_day
from monitor.vault.vault import Vault, reports_owner
from monitor.words import N_, Words, translator
from rollcall.reporting.mail_alarms import NO_RECIPIENT, NO_SERVER, NOT_MADE, alarm, called
from rollcall.reporting.mail_decisions import alarm_time

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)
AGAIN_AFTER = timedelta(seconds=20)
MOST_ATTEMPTS = 3
NO_SERVER_ANSWER = N_("No mail server is set up.")
REPLACED_ANSWER = N_("Replaced by no. %(number)s before it left.")


@dataclass(frozen=True)
class Made:
    """One file of a document."""

    form: FileForm
    language: str
    content: bytes


Maker = Callable[[Session, ReportDocument], Sequence[Made]]
"""Makes the files of a document of one kind from what stands in the database."""


@dataclass(frozen=True)
class Sending:
    """What is set up. domain: behind the @ of Message-IDs; empty: there is no mail server."""

    timezone: ZoneInfo
    domain: str
    language: str = "vi"


def begin_documents(database: Database, now: datetime, sending: Sending) -> int:
    """A document and its mails for each report that was released since, and for each schedule that is due; returns how many."""
    with database.read() as session:
        if not (_released(session, 1) or _due_schedules(session, now)):
            return 0
    with database.write() as session:
        begun = [_begin_daily(session, each, now, sending) for each in _released(session, 50)]
        begun += [_begin_scheduled(session, each, now, sending) for each in _due_schedules(session, now)]
        return sum(begun)


def _released(session: Session, most: int) -> Sequence[Report]:
    none_yet = ~select(ReportDocument.id).where(ReportDocument.report_id == Report.id).exists()
    released = (Report.kind == ReportKind.DAILY, Report.state.in_((ReportState.PROVISIONAL, ReportState.FINAL)))
    return session.scalars(select(Report).where(*released, none_yet).order_by(Report.id).limit(most)).all()


def _begin_daily(session: Session, report: Report, now: datetime, sending: Sending) -> bool:
    before = session.get(Report, report.replaces_id) if report.replaces_id is not None else None
    due = of_day(times_held(session) or SHIPPED, report.day, sending.timezone).due_at
    number = f"{report.number}/{report.year}"
    values = {
        "kind": DocumentKind.DAILY,
        "report_id": report.id,
        "day": report.day,
        "number": number,
        "provisional": report.state is ReportState.PROVISIONAL,
        "replaces": f"{before.number}/{before.year}" if before is not None else "",
        "due_at": due,
    }
    document_id = _begin(session, values, now)
    if document_id is None:
        return False
    if before is not None:
        _stop_replaced(session, before.id, number, now, sending)
    recipients = select(ReportRecipient).where(
        ReportRecipient.kind == DocumentKind.DAILY, ReportRecipient.schedule_id.is_(None), ReportRecipient.closed_at.is_(None)
    )
    _address(session, document_id, session.scalars(recipients.order_by(ReportRecipient.id)).all(), due, now, sending)
    return True


def _due_schedules(session: Session, now: datetime) -> Sequence[ReportSchedule]:
    return session.scalars(select(ReportSchedule).where(ReportSchedule.next_at <= now).order_by(ReportSchedule.id)).all()


def _begin_scheduled(session: Session, schedule: ReportSchedule, now: datetime, sending: Sending) -> bool:
    assert schedule.next_at is not None
    # What was due while the service was down is made once, for the last of its times.
    following = next_time(schedule.weekdays, schedule.at, max(now, schedule.next_at), sending.timezone)
    mine = update(ReportSchedule).where(ReportSchedule.id == schedule.id, ReportSchedule.next_at == schedule.next_at)
    if not changed(session, mine.values(next_at=following)):
        return False
    today = now.astimezone(sending.timezone).date()
    values = {
        "kind": schedule.kind,
        "schedule_id": schedule.id,
        "zone_id": schedule.zone_id,
        "account_id": schedule.account_id,
        "day": today,
    }
    document_id = _begin(session, values, now)
    if document_id is None:
        return False
    recipients = select(ReportRecipient).where(ReportRecipient.schedule_id == schedule.id, ReportRecipient.closed_at.is_(None))
    _address(session, document_id, session.scalars(recipients.order_by(ReportRecipient.id)).all(), None, now, sending)
    return True


def _begin(session: Session, values: Mapping[str, object], now: datetime) -> int | None:
    """The new document's number; None where there is one already."""
    row = {"state": DocumentState.WAITING, "next_at": now, "asked_at": now, "attempts": 0, **values}
    made = session.execute(insert_new(session, ReportDocument).values(**row).returning(ReportDocument.id))
    return made.scalar_one_or_none()


def _address(
    session: Session,
    document_id: int,
    recipients: Sequence[ReportRecipient],
    due: datetime | None,
    now: datetime,
    sending: Sending,
) -> None:
    mailed = bool(sending.domain)
    say = translator(sending.language)
    for each in {each.address.casefold(): each for each in reversed(recipients)}.values():
        session.add(
            ReportDelivery(
                document_id=document_id,
                recipient_id=each.id,
                address=each.address,
                language=each.language,
                forms=list(each.forms),
                copy=each.copy,
                state=DeliveryState.WAITING if mailed else DeliveryState.STOPPED,
                next_at=now if mailed else None,
                message_id=f"<report-{document_id}-{secrets.token_hex(8)}@{sending.domain or 'localhost'}>",
                answer="" if mailed else say(NO_SERVER_ANSWER),
                made_at=now,
                # A copy that is late is no reason to telephone.
                alarm_at=alarm_time(now, due) if mailed and not each.copy else None,
            )
        )
    document = session.get_one(ReportDocument, document_id)
    if not recipients or not mailed:
        template = NO_SERVER if not mailed else NO_RECIPIENT
        alarm(session, document_id, Words(template, {"document": called(document).dump()}), now, sending.timezone)


def _stop_replaced(session: Session, report_id: int, number: str, now: datetime, sending: Sending) -> None:
    """What did not leave of the version before is not to arrive behind the new one."""
    document_id = session.scalar(select(ReportDocument.id).where(ReportDocument.report_id == report_id))
    if document_id is None:
        return
    waiting = update(ReportDelivery).where(
        ReportDelivery.document_id == document_id, ReportDelivery.state == DeliveryState.WAITING
    )
    answer = Words(REPLACED_ANSWER, {"number": number}).say(translator(sending.language))
    changed(session, waiting.values(state=DeliveryState.STOPPED, next_at=None, alarm_at=None, answer=answer))
    settle(session, document_id, now)


def make_documents(
    database: Database, vault: Vault, makers: Mapping[DocumentKind, Maker], now: datetime, timezone: ZoneInfo
) -> int:
    """Make the files of documents that wait, each once; returns how many documents were taken on."""
    due = (ReportDocument.next_at <= now, ReportDocument.state.in_((DocumentState.WAITING, DocumentState.MAKING)))
    with database.read() as session:
        ids = session.scalars(select(ReportDocument.id).where(*due).order_by(ReportDocument.id)).all()
    for each in ids:
        with database.write() as session:
            mine = update(ReportDocument).where(ReportDocument.id == each, *due)
            values = {
                "state": DocumentState.MAKING,
                "next_at": now + LEASE,
                "attempts": ReportDocument.attempts + 1,
            }
            taken = changed(session, mine.values(**values))
        if taken:
            _make(database, vault, makers, each, now, timezone)
    return len(ids)


def _make(
    database: Database,
    vault: Vault,
    makers: Mapping[DocumentKind, Maker],
    document_id: int,
    now: datetime,
    timezone: ZoneInfo,
) -> None:
    with database.read() as session:
        document = session.get_one(ReportDocument, document_id)
        attempts = document.attempts
        try:
            files = makers[document.kind](session, document)
        except Problem as problem:
            log.warning("the files of document %s could not be made: %s", document_id, problem.words.say(translator("en")))
            files, why = None, problem.words
        except Exception:
            log.exception("the files of document %s could not be made", document_id)
            files, why = None, Words(N_("Unexpected fault; the log has more."))
    owner = reports_owner(document.day.year)
    names = [vault.put(owner, each.content) for each in files or ()]
    with database.write() as session:
        mine = update(ReportDocument).where(
            ReportDocument.id == document_id,
            ReportDocument.state == DocumentState.MAKING,
            ReportDocument.attempts == attempts,
        )
        if files is None:
            failed = attempts >= MOST_ATTEMPTS
            values = {
                "state": DocumentState.FAILED if failed else DocumentState.WAITING,
                "next_at": None if failed else now + AGAIN_AFTER,
                "problem": why.dump(),
            }
            if changed(session, mine.values(**values)) and failed:
                said = Words(NOT_MADE, {"document": called(document).dump()})
                alarm(session, document_id, said, now, timezone)
            return
        done = changed(session, mine.values(state=DocumentState.MADE, next_at=None, made_at=now, problem=None))
        if done:
            session.add_all(
                ReportFile(
                    document_id=document_id,
                    form=each.form,
                    language=each.language,
                    name=name,
                    size=len(each.content),
                    sha256=hashlib.sha256(each.content).hexdigest(),
                )
                for each, name in zip(files, names, strict=True)
            )
    if not done:
        # Another process was faster.
        for name in names:
            vault.remove(name)
