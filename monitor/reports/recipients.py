"""Who gets reports, when documents are made by schedule, and the letterhead, as people set them; each change audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.database.statements import changed
from monitor.models.report_mail import (
    LONGEST_NAME,
    DocumentKind,
    FileForm,
    ReportLetterhead,
    ReportRecipient,
    ReportSchedule,
)
from monitor.people.pasted import plain
from monitor.problems import BadInput, Conflict, NotFound
from monitor.reports.times import clock_time
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import LANGUAGES, N_

MOST_RECIPIENTS, MOST_SCHEDULES = 50, 500
_NO_PAGE = N_("This page does not exist. Check the address, or go back to the start.")


@dataclass(frozen=True)
class Typed:
    """A recipient as a form brings it. address: read already, see `read_email`."""

    name: str
    address: str
    language: str
    forms: Sequence[str]
    copy: bool


def next_time(weekdays: Sequence[int], at: str, after: datetime, zone: ZoneInfo) -> datetime | None:
    """The first moment behind `after` at which a schedule is due, on the wall clock of `zone`; None where it has no day.

    weekdays: 0 for Monday. at: HH:MM.
    """
    today = after.astimezone(zone).date()
    for ahead in range(8):
        moment = datetime.combine(today + timedelta(days=ahead), clock_time(at), zone)
        if moment.weekday() in weekdays and moment > after:
            return moment
    return None


def add_recipient(
    session: Session,
    kind: DocumentKind,
    typed: Typed,
    account_id: int | None,
    now: datetime,
    *,
    schedule_id: int | None = None,
) -> ReportRecipient:
    """In the caller's write transaction. Raises BadInput, Conflict."""
    if typed.language not in LANGUAGES:
        raise BadInput(N_("Choose a language."), field="language")
    forms = [form.value for form in FileForm if form.value in typed.forms]
    if not forms and kind is not DocumentKind.DAY_SHEET:
        raise BadInput(N_("Choose at least one kind of file."), field="forms")
    of_kind = (
        ReportRecipient.kind == kind,
        ReportRecipient.closed_at.is_(None),
        ReportRecipient.schedule_id.is_not_distinct_from(schedule_id),
    )
    known = session.scalars(select(ReportRecipient.address).where(*of_kind)).all()
    if typed.address.casefold() in {each.casefold() for each in known}:
        raise Conflict(N_("This address gets these reports already."))
    if len(known) >= MOST_RECIPIENTS:
        raise Conflict(N_("At most %(most)s addresses can get a report. Remove one first."), most=MOST_RECIPIENTS)
    row = ReportRecipient(
        kind=kind,
        schedule_id=schedule_id,
        name=plain(typed.name)[:LONGEST_NAME],
        address=typed.address,
        language=typed.language,
        forms=forms,
        copy=typed.copy,
        made_at=now,
        made_by=account_id,
    )
    session.add(row)
    session.flush()
    if schedule_id is None:
        _note(session, Action.REPORT_RECIPIENTS_CHANGED, account_id, now, address=typed.address, change="added")
    return row


def remove_recipient(session: Session, recipient_id: int, account_id: int, now: datetime) -> None:
    """They get no further report, in the caller's write transaction. Raises NotFound."""
    row = session.get(ReportRecipient, recipient_id)
    mine = update(ReportRecipient).where(
        ReportRecipient.id == recipient_id, ReportRecipient.closed_at.is_(None), ReportRecipient.schedule_id.is_(None)
    )
    if row is None or not changed(session, mine.values(closed_at=now)):
        raise NotFound(_NO_PAGE)
    _note(session, Action.REPORT_RECIPIENTS_CHANGED, account_id, now, address=row.address, change="removed")


def set_letterhead(session: Session, parent: str, signer_role: str, signer: str, account_id: int, now: datetime) -> None:
    """What stands around the figures from the next report on, in the caller's write transaction."""
    values = {"parent": parent, "signer_role": signer_role, "signer": signer}
    session.add(
        ReportLetterhead(**{name: plain(text)[:LONGEST_NAME] for name, text in values.items()}, made_at=now, made_by=account_id)
    )
    _note(session, Action.REPORT_LETTERHEAD_CHANGED, account_id, now)


def add_schedule(
    session: Session,
    kind: DocumentKind,
    *,
    zone_id: int | None,
    whose: int | None,
    weekdays: Sequence[int],
    at: str,
    recipients: Sequence[Typed],
    account_id: int,
    now: datetime,
    timezone: ZoneInfo,
) -> ReportSchedule:
    """In the caller's write transaction. zone_id: of a day sheet; whose: account of a week. Raises BadInput, Conflict."""
    days = sorted({each for each in weekdays if 0 <= each <= 6})
    if not days:
        raise BadInput(N_("Choose at least one day of the week."), field="weekdays")
    try:
        written = f"{clock_time(at):%H:%M}"
    except ValueError:
        raise BadInput(N_("Write the time as hours:minutes, such as 14:30."), field="at") from None
    if not recipients:
        raise BadInput(N_("Enter at least one e-mail address."), field="addresses")
    held = session.scalars(select(ReportSchedule.id).where(ReportSchedule.closed_at.is_(None)).limit(MOST_SCHEDULES)).all()
    if len(held) >= MOST_SCHEDULES:
        raise Conflict(N_("There are %(most)s schedules. End one first."), most=MOST_SCHEDULES)
    row = ReportSchedule(
        kind=kind,
        zone_id=zone_id,
        account_id=whose,
        weekdays=days,
        at=written,
        next_at=next_time(days, written, now, timezone),
        made_at=now,
        made_by=account_id,
    )
    session.add(row)
    session.flush()
    for each in recipients:
        add_recipient(session, kind, each, account_id, now, schedule_id=row.id)
    _note(session, Action.REPORT_SCHEDULE_CHANGED, account_id, now, zone_id=zone_id, schedule=row.id, change="added")
    return row


def end_schedule(session: Session, schedule_id: int, account_id: int, now: datetime) -> None:
    """It makes nothing more, in the caller's write transaction. Raises NotFound."""
    row = session.get(ReportSchedule, schedule_id)
    mine = update(ReportSchedule).where(ReportSchedule.id == schedule_id, ReportSchedule.closed_at.is_(None))
    if row is None or not changed(session, mine.values(closed_at=now, next_at=None)):
        raise NotFound(_NO_PAGE)
    changed(session, update(ReportRecipient).where(ReportRecipient.schedule_id == schedule_id).values(closed_at=now))
    _note(session, Action.REPORT_SCHEDULE_CHANGED, account_id, now, zone_id=row.zone_id, schedule=schedule_id, change="removed")


def _note(
    session: Session, action: Action, account_id: int | None, now: datetime, zone_id: int | None = None, **details: Any
) -> None:
    audit.note(session, action, at=now, account_id=account_id, zone_id=zone_id, **details)
