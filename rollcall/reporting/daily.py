"""The clock of the province's report: counted at the cut-off, a person alarmed when it is late, and out of the house as provisional.

Each step is claimed by a row that is there once or by a conditional update: it may run twice, after a clock that was set back, or again
after a process that died in it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from monitor.accounts.access import GRANTS, Permission
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.incidents.incidents import end_cause, open_incident
from monitor.models.accounts import Account, Role
from monitor.models.daily_report import NO_UNIT, Report, ReportDifference, ReportKind, ReportState
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.models.places import Zone
from monitor.problems import Conflict
from monitor.reports.for_report import collected_on
from monitor.reports.gaps import Open, gaps_of
from monitor.reports.places import NOWHERE, parts_of
from monitor.reports.releasing import begin_again, begin_day, release
from monitor.reports.stating import runs_since, times_held
from monitor.reports.successors import read_units
from monitor.reports.times import ReportDay, Times, day_at
from monitor.words import N_, Words, words
from rollcall.alerting.assigning import call_assigned
from rollcall.reporting.drawing_up import count_report

log = logging.getLogger(__name__)
LATE = N_("The report of %(day)s is not released. At %(time)s it leaves as provisional. %(why)s")
NOT_COUNTED = words(N_("Its figures are not counted yet; look at the log of the service."))
UNSETTLED = N_("%(count)s people do not add up.")
WAITS = words(N_("It adds up, and waits for a person to release it."))


def tick_reports(database: Database, now: datetime, timezone: ZoneInfo) -> None:
    """Do what is due of today's report. What fails is told in the log and keeps nothing else from its turn."""
    with database.read() as session:
        times, since = times_held(session), runs_since(session)
    if times is None or since is None:
        # Corrections of earlier reports go on.
        _count_waiting(database, timezone, now)
        return
    today = day_at(times, now, timezone)
    steps: tuple[Callable[[], object], ...] = (
        partial(_begin, database, today, since, now),
        partial(_count_waiting, database, timezone, now),
        partial(_alarm, database, today, times, timezone, now),
        partial(_leave, database, today, timezone, now),
        partial(_count_waiting, database, timezone, now),
        partial(_all_clear, database, times, now),
    )
    for step in steps:
        try:
            step()
        except Exception:
            log.exception("a step of the report failed and is repeated")


def _begin(database: Database, today: ReportDay, since: datetime, now: datetime) -> None:
    # A day whose cut-off was over when reports were begun has none.
    if since > today.cut_off or now < today.cut_off:
        return
    with database.read() as session:
        if session.scalar(_of_day(today).limit(1)) is not None:
            return
    with database.write() as session:
        begin_day(session, ReportKind.DAILY, today.day, today.cut_off)


def _of_day(today: ReportDay) -> Select[int]:
    return select(Report.id).where(Report.kind == ReportKind.DAILY, Report.day == today.day)


def _count_waiting(database: Database, timezone: ZoneInfo, now: datetime) -> None:
    """Drafts that were never counted, or whose counting was cut off: the newest day first, and whatever is wrong with another one."""
    uncounted = select(Report.id).where(Report.state == ReportState.DRAFT, Report.made_at.is_(None))
    with database.read() as session:
        waiting = session.scalars(uncounted.order_by(Report.day.desc(), Report.id)).all()
    for report_id in waiting:
        try:
            count_report(database, report_id, timezone, now)
        except Exception:
            log.exception("report %s could not be counted and is tried again", report_id)


def _alarm(database: Database, today: ReportDay, times: Times, timezone: ZoneInfo, now: datetime) -> None:
    """Tell a person by name, once, that the day's first report is not released."""
    if now < today.alarm_at:
        return
    late = (Report.day == today.day, Report.kind == ReportKind.DAILY, Report.version == 1, Report.state == ReportState.DRAFT)
    with database.read() as session:
        if session.scalar(select(Report.id).where(*late, Report.alarmed_at.is_(None))) is None:
            return
    with database.write() as session:
        report = session.scalars(select(Report).where(*late)).first()
        if report is None:
            return
        mine = update(Report).where(Report.id == report.id, Report.alarmed_at.is_(None), Report.state == ReportState.DRAFT)
        if not changed(session, mine.values(alarmed_at=now)):
            return
        said = words(
            LATE,
            day=f"{report.day:%d/%m/%Y}",
            time=f"{today.provisional_at.astimezone(timezone):%H:%M}",
            why=_why_late(report).dump(),
        )
        _tell(session, report, said, times, timezone, now)


def _why_late(report: Report) -> Words:
    if report.made_at is None:
        return NOT_COUNTED
    return words(UNSETTLED, count=report.unsettled) if report.unsettled else WAITS


def cause_of_late(kind: ReportKind, day: date, *, fast: bool) -> str:
    """The key of the incident that a day's report is late: all its versions share it. fast: in a demonstration, all its days do."""
    return f"report-{kind}-{'demonstration' if fast else day.isoformat()}"


def _tell(session: Session, report: Report, said: Words, times: Times, timezone: ZoneInfo, now: datetime) -> None:
    zone_id = session.scalar(select(Zone.id).where(Zone.closed_at.is_(None)).order_by(Zone.id).limit(1))
    whom = whom_to_call(session, times.alarm_account_id)
    if zone_id is None:
        log.warning("%s (no zone is open whose staff could be called)", said.template)
        return
    cause = cause_of_late(report.kind, report.day, fast=times.fast is not None)
    open_incident(session, IncidentKind.REPORT_LATE, cause, zone_id=zone_id, reason=said, now=now)
    incident = session.scalars(
        select(Incident).where(Incident.cause == cause, Incident.state != IncidentState.RESOLVED)
    ).first()
    if incident is not None and whom is not None:
        incident.assigned_to = whom
        session.flush()
        call_assigned(session, incident, whom, now, timezone)


def whom_to_call(session: Session, account_id: int | None) -> int | None:
    """The person who was named, while they work here; else the first who may release a report; None: there is nobody."""
    if account_id is not None and session.scalar(select(Account.active).where(Account.id == account_id)):
        return account_id
    roles = [role for role in Role if Permission.RELEASE_REPORT in GRANTS[role]]
    may = (Account.active, Account.all_zones, Account.role.in_(roles))
    return session.scalar(select(Account.id).where(*may).order_by(Account.id).limit(1))


def _leave(database: Database, today: ReportDay, timezone: ZoneInfo, now: datetime) -> None:
    """What nobody has released by then leaves as provisional, and the version that is to replace it is begun at once."""
    past = Report.day < today.day if now < today.provisional_at else Report.day <= today.day
    due = select(Report.id, Report.day).where(
        *(Report.kind == ReportKind.DAILY, Report.version == 1, past),
        *(Report.state == ReportState.DRAFT, Report.made_at.is_not(None)),
    )
    with database.read() as session:
        found = session.execute(due.order_by(Report.day).limit(1)).first()
        if found is None:
            return
        report_id = found.id
        left = Open(
            f"{now.astimezone(timezone):%H:%M}",
            unsettled_by_unit(session, report_id, found.day),
            [each.name for each in collected_on(session, found.day, now).missing],
        )
    try:
        with database.write() as session:
            left_as = release(session, report_id, ReportState.PROVISIONAL, now, account_id=None, gaps=gaps_of(left))
            begin_again(session, report_id, "", now, account_id=None)
    except Conflict:
        # A person released it in this moment.
        return
    log.info("report %s of %s left as provisional", left_as.number, left_as.day)


def unsettled_by_unit(session: Session, report_id: int, day: date) -> dict[str, int]:
    """Name of a unit -> how many of its people do not add up, by where they are, else by where they should be; "" has no unit."""
    place = func.coalesce(func.nullif(ReportDifference.found, NOWHERE), ReportDifference.expected)
    rows = session.execute(
        select(place, func.count())
        .where(ReportDifference.report_id == report_id, ReportDifference.accepted_at.is_(None))
        .group_by(place)
    ).all()
    units = read_units(session, {parts_of(where)[1] for where, _count in rows} - {NO_UNIT}, day)
    found: dict[str, int] = {}
    for where, count in rows:
        name = units.names(parts_of(where)[1])[0]
        found[name] = found.get(name, 0) + count
    return found


def _all_clear(database: Database, times: Times, now: datetime) -> None:
    """What staff were called to is over once the report has left the house."""
    late = select(Report.kind, Report.day).where(
        Report.alarmed_at.is_not(None), Report.version == 1, Report.state == ReportState.DRAFT
    )
    waiting = select(Incident.cause).where(
        Incident.kind == IncidentKind.REPORT_LATE,
        Incident.state != IncidentState.RESOLVED,
        Incident.cause_ended_at.is_(None),
    )
    with database.read() as session:
        causes = set(session.scalars(waiting))
        if not causes:
            return
        over = causes - {cause_of_late(kind, day, fast=times.fast is not None) for kind, day in session.execute(late)}
    if over:
        with database.write() as session:
            for cause in sorted(over):
                end_cause(session, cause, now=now)
