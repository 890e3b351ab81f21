"""A report's way: begun at its cut-off, released with a number that nothing else has, replaced by a correction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from monitor.database.database import insert_new
from monitor.database.locks import Lock, only_one
from monitor.database.statements import changed, inserted
from monitor.models.daily_report import Report, ReportKind, ReportState
from monitor.personal_data.holds import require_reason
from monitor.problems import Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, Words

NO_PAGE = N_("This page does not exist. Check the address, or go back to the start.")
NOT_COUNTED = N_("The figures are still being counted. Wait a minute, then reload the page.")
NOT_SETTLED = N_("%(count)s people do not add up. Look at each and accept or correct them before the final report.")
ALREADY = N_("This report was already released. Reload the page to see its number.")
RECOUNTED = N_("The figures were counted again after you opened the page. Look at them, then release the report.")
NOT_RELEASED = N_("This report was not released. Change what is wrong and count it again instead.")
BEGUN_ALREADY = N_("A new version of this report was begun already. Reload the page to see it.")


def begin_day(session: Session, kind: ReportKind, day: date, cut_off: datetime) -> bool:
    """Begin the report of a day, unless there is one; returns whether it was begun, however often it is asked."""
    row = {"kind": kind, "day": day, "version": 1, "state": ReportState.DRAFT, "cut_off": cut_off}
    row |= {"counts": 0, "unsettled": 0, "notes": [], "gaps": []}
    return bool(inserted(session, insert_new(session, Report).values(**row)))


def release(
    session: Session,
    report_id: int,
    state: ReportState,
    now: datetime,
    *,
    account_id: int | None,
    gaps: Sequence[Words] = (),
    seen: int | None = None,
) -> Report:
    """Give a draft its number and let it be what it is, in the caller's write transaction: both or none, and once.

    state: PROVISIONAL or FINAL. account_id: None: by itself, as provisional. seen: how often it was counted when a person looked at it.
    Raises NotFound, and Conflict: it is not counted or does not add up, or somebody else was faster.
    """
    # Whoever gives numbers is alone, so that none is given twice and none is left out; the database refuses a second one besides.
    only_one(session, Lock.RELEASING)
    report = session.get(Report, report_id, populate_existing=True)
    if report is None:
        raise NotFound(NO_PAGE)
    if report.state is not ReportState.DRAFT:
        raise Conflict(ALREADY)
    if report.made_at is None:
        raise Conflict(NOT_COUNTED)
    if seen is not None and seen != report.counts:
        raise Conflict(RECOUNTED)
    if state is ReportState.FINAL and report.unsettled:
        raise Conflict(NOT_SETTLED, count=report.unsettled)
    of_year = (Report.kind == report.kind, Report.year == report.day.year)
    number = (session.scalar(select(func.max(Report.number)).where(*of_year)) or 0) + 1
    values = {
        "state": state,
        "year": report.day.year,
        "number": number,
        "gaps": [each.dump() for each in gaps],
        "released_at": now,
        "released_by": account_id,
    }
    mine = (Report.id == report_id, Report.state == ReportState.DRAFT, Report.counts == report.counts)
    if not changed(session, update(Report).where(*mine).values(**values)):
        raise Conflict(ALREADY)
    audit.note(
        session,
        Action.REPORT_RELEASED,
        at=now,
        account_id=account_id,
        report_id=report_id,
        number=f"{number}/{report.day.year}",
        state=state.value,
    )
    return session.get_one(Report, report_id, populate_existing=True)


def count_anew(session: Session, report_id: int) -> None:
    """Let the clock count a draft again, in the caller's write transaction. Raises NotFound, and Conflict of a released one."""
    waits = update(Report).where(Report.id == report_id, Report.state == ReportState.DRAFT)
    if not changed(session, waits.values(made_at=None, counts=Report.counts + 1)):
        if session.get(Report, report_id) is None:
            raise NotFound(NO_PAGE)
        raise Conflict(ALREADY)


def begin_again(session: Session, report_id: int, why: str, now: datetime, *, account_id: int | None) -> Report:
    """Begin the version that is to take the place of a released one, in the caller's write transaction.

    account_id: None: the clock, after a provisional one. Raises NotFound, BadInput without a reason, and Conflict.
    """
    only_one(session, Lock.RELEASING)
    report = session.get(Report, report_id, populate_existing=True)
    if report is None:
        raise NotFound(NO_PAGE)
    if report.state is ReportState.DRAFT:
        raise Conflict(NOT_RELEASED)
    if account_id is not None:
        why = require_reason(why)
    newest = session.scalar(select(func.max(Report.version)).where(Report.kind == report.kind, Report.day == report.day))
    if newest != report.version:
        raise Conflict(BEGUN_ALREADY)
    again = Report(
        kind=report.kind,
        day=report.day,
        version=report.version + 1,
        state=ReportState.DRAFT,
        cut_off=report.cut_off,
        counts=0,
        unsettled=0,
        notes=[],
        gaps=[],
        replaces_id=report.id,
        begun_by=account_id,
        why=why,
    )
    session.add(again)
    session.flush()
    if account_id is not None:
        audit.note(
            session, Action.REPORT_CORRECTED, at=now, account_id=account_id, report_id=again.id, replaces=report.id, reason=why
        )
    return again
