"""When reports are due, as somebody set it: the newest row holds, and every row stays as history."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.database.locks import Lock, only_one
from monitor.database.together import Reading, first, read
from monitor.models.accounts import Account
from monitor.models.daily_report import ReportTimes
from monitor.problems import BadInput, Conflict
from monitor.reports.times import SHIPPED, STEPS, Times, check_times, clock_time
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

NOT_HERE = N_("This account does not exist or is closed. Choose someone else.")
CHANGED_SINCE = N_("Someone else changed this meanwhile. Reload the page to see it.")


def times_held(session: Session) -> Times | None:
    """What holds; None: nobody has set anything, and no reports are made."""
    row = newest(session)
    return None if row is None else times_of(row)


def newest(session: Session) -> ReportTimes | None:
    """The row that holds."""
    return read(session, newest_asked())


def newest_asked() -> Reading[ReportTimes | None]:
    """The same as a reading."""
    return (yield from first(select(ReportTimes).order_by(ReportTimes.id.desc())))


def runs_since(session: Session) -> datetime | None:
    """Since when reports are made without a break; None: they are not."""
    row = newest(session)
    if row is None or not row.runs:
        return None
    stopped = select(func.max(ReportTimes.id)).where(ReportTimes.runs.is_(False)).scalar_subquery()
    begun = select(ReportTimes.made_at).where(ReportTimes.id > func.coalesce(stopped, 0)).order_by(ReportTimes.id).limit(1)
    return session.scalar(begun)


def times_of(row: ReportTimes) -> Times:
    """A row as a value."""
    return Times(
        **{step: clock_time(getattr(row, step)) for step in STEPS},
        runs=row.runs,
        alarm_account_id=row.alarm_account_id,
        fast_since=row.fast_since,
        fast=None if row.fast_seconds is None else timedelta(seconds=row.fast_seconds),
    )


def keep_times(
    session: Session, times: Times, now: datetime, *, account_id: int | None, seen: int | None = None
) -> ReportTimes:
    """Let other times hold, in the caller's write transaction. seen: the row that held when a person looked; 0: none.

    Raises BadInput, and Conflict where another one holds by now.
    """
    check_times(times)
    only_one(session, Lock.RELEASING)
    held = newest(session)
    if seen is not None and seen != (held.id if held else 0):
        raise Conflict(CHANGED_SINCE)
    if times.alarm_account_id is not None:
        account = session.get(Account, times.alarm_account_id)
        if account is None or not account.active:
            raise BadInput(NOT_HERE, field="alarm_account_id")
    row = ReportTimes(
        **{step: f"{getattr(times, step):%H:%M}" for step in STEPS},
        runs=times.runs,
        alarm_account_id=times.alarm_account_id,
        fast_since=times.fast_since,
        fast_seconds=None if times.fast is None else int(times.fast.total_seconds()),
        made_at=now,
        made_by=account_id,
    )
    session.add(row)
    session.flush()
    if account_id is not None:
        before = times_of(held) if held else SHIPPED
        changed = [step for step in (*STEPS, "runs", "alarm_account_id") if getattr(before, step) != getattr(times, step)]
        audit.note(session, Action.REPORT_TIMES_CHANGED, at=now, account_id=account_id, changed=changed)
    return row
