"""What a report counts besides who is in quarantine: tests, cases, roll-calls, the hotline and coverage; each read once, by what changed since."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from monitor.hotline.listing import counted
from monitor.models.daily_report import NO_UNIT
from monitor.models.hotline import HotlineTicket
from monitor.models.incidents import REACHED, ContactAttempt
from monitor.models.people.laboratory import LaboratoryTest, LabResult, LabTestKind, LabTestState
from monitor.models.people.residents import FStatus, Resident, StatusPeriod
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.reports.coverage.counting import ELSEWHERE, NOT_STATED, UNIT, ZONE
from monitor.reports.for_report import coverage_at
from monitor.reports.places import parts_of
from rollcall.reporting.causes import Cause, cause_of
from rollcall.reporting.gathered import Gathered
from rollcall.reporting.zones_of_report import unit_written

AT_ONCE = 5000
ANSWERED = (CheckInState.ANSWERED, CheckInState.VERIFIED, CheckInState.IN_REVIEW, CheckInState.ACCEPTED)
"""Who was asked and heard from; a rejected answer says nothing of the person."""
OUR_FAULTS = frozenset({Cause.OUR_SERVICE, Cause.OUR_PAGE, Cause.OUR_MESSAGES, Cause.OUR_LINE, Cause.STOPPED})
_RESULTS = {
    LabResult.POSITIVE: "samples.positive",
    LabResult.NEGATIVE: "samples.negative",
    LabResult.INVALID: "samples.invalid",
}


def gather_tests(session: Session, into: Gathered) -> None:
    """Who waits for a test on the day of the cut-off, and what became of samples."""
    span, test = into.span, LaboratoryTest
    columns = (test.id, test.resident_id, test.zone_id)
    awaited = or_(test.state == LabTestState.DUE, test.taken_at > span.until)
    due = (test.state != LabTestState.CANCELLED, test.due_on <= span.local_day, test.planned_at <= span.until, awaited)
    for _number, resident_id, zone_id in session.execute(select(*columns).where(*due).execution_options(yield_per=AT_ONCE)):
        if resident_id in into.now:
            into.add("tests.awaiting", into.unit_of(resident_id, zone_id), resident_id)
    taken = (test.taken_at > span.since, test.taken_at <= span.until, test.state != LabTestState.CANCELLED)
    for number, resident_id, zone_id in session.execute(select(*columns).where(*taken).execution_options(yield_per=AT_ONCE)):
        into.add("samples.taken", into.unit_of(resident_id, zone_id), number)
    resulted = (test.resulted_at > span.since, test.resulted_at <= span.until, test.result.is_not(None))
    noted = exists(Resident.id).where(Resident.id == test.resident_id, Resident.f_status == FStatus.F0)
    rows = select(*columns, test.result, test.kind, noted).where(*resulted).execution_options(yield_per=AT_ONCE)
    for number, resident_id, zone_id, result, kind, is_noted in session.execute(rows):
        unit = into.unit_of(resident_id, zone_id)
        if result is not None:
            into.add(_RESULTS[result], unit, number)
        if result is LabResult.POSITIVE and kind is LabTestKind.PCR and not is_noted:
            into.add("cases.unnoted", unit, resident_id)
    under_way = or_(test.state.in_((LabTestState.TAKEN, LabTestState.SENT)), test.resulted_at > span.until)
    waiting = (test.taken_at <= span.until, under_way)
    for number, resident_id, zone_id in session.execute(select(*columns).where(*waiting).execution_options(yield_per=AT_ONCE)):
        into.add("samples.waiting", into.unit_of(resident_id, zone_id), number)


def gather_cases(session: Session, into: Gathered) -> None:
    """Who was first noted as F0 since, by where they were at the last report; without one, by where they are."""
    period, earlier = StatusPeriod, aliased(StatusPeriod)
    first = ~exists(earlier.id).where(
        earlier.resident_id == period.resident_id, earlier.status == FStatus.F0, earlier.noted_at < period.noted_at
    )
    rows = select(period.resident_id, period.zone_id).where(
        period.status == FStatus.F0, period.noted_at > into.span.since, period.noted_at <= into.span.until, first
    )
    known = into.before or into.now
    for resident_id, zone_id in session.execute(rows):
        place = known.get(resident_id)
        if place is None:
            into.add("cases.outside", into.unit_of(resident_id, zone_id), resident_id)
        else:
            setting, unit = parts_of(place)
            into.add(f"cases.{setting}", unit, resident_id)


def gather_checks(session: Session, into: Gathered) -> None:
    """Who was heard from since, and what became of the roll-calls that had no answer."""
    span = into.span
    opened = and_(RollCall.opens_at > span.since, RollCall.opens_at <= span.until)
    newest = (
        select(CheckIn.resident_id, func.max(CheckIn.id))
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .where(opened, CheckIn.state.in_(ANSWERED))
        .group_by(CheckIn.resident_id)
        .execution_options(yield_per=AT_ONCE)
    )
    answered: dict[int, int] = {resident_id: number for resident_id, number in session.execute(newest)}  # noqa: C416 - a row is no pair for mypy
    attempts = (
        select(ContactAttempt.resident_id, func.max(ContactAttempt.at, type_=ContactAttempt.__table__.c.at.type))
        .where(ContactAttempt.at > span.since, ContactAttempt.at <= span.until, ContactAttempt.outcome.in_(REACHED))
        .group_by(ContactAttempt.resident_id)
    )
    reached: dict[int, datetime] = {resident_id: at for resident_id, at in session.execute(attempts)}  # noqa: C416
    seen: set[int] = set()
    closed = (
        select(CheckIn.id, CheckIn.resident_id, CheckIn.zone_id, CheckIn.state, CheckIn.opened_at, CheckIn.reasons)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .where(
            RollCall.closes_at > span.since,
            RollCall.closes_at <= span.until,
            CheckIn.state.in_((CheckInState.MISSED, CheckInState.UNREACHED, CheckInState.EXCUSED)),
        )
        .execution_options(yield_per=AT_ONCE)
    )
    for number, resident_id, zone_id, state, at, reasons in session.execute(closed):
        unit = into.zones.unit(zone_id)
        if state is CheckInState.UNREACHED:
            into.add("unreached.all", unit, number)
        elif state is CheckInState.EXCUSED:
            cause = cause_of(state, reasons)
            if cause in OUR_FAULTS:
                into.add("excused.faults", unit, number)
            elif cause is Cause.SEEN:
                seen.add(resident_id)
        elif reached.get(resident_id, at) > at:
            into.add("misses.reached", unit, number)
        elif answered.get(resident_id, 0) > number:
            into.add("misses.later", unit, number)
        else:
            into.add("misses.open", unit, number)
    for resident_id, place in into.now.items():
        heard = resident_id in answered or resident_id in reached or resident_id in seen
        into.add("checks.done" if heard else "checks.missing", parts_of(place)[1], resident_id)


def gather_hotline(session: Session, into: Gathered) -> None:
    """Tickets whose first contact was since, by whether they were answered within the law's limit."""
    span, ticket = into.span, HotlineTicket
    rows = session.execute(
        select(
            *(ticket.id, ticket.unit_code, ticket.unit_from, ticket.zone_id),
            *(ticket.due_at, ticket.first_answered_at, ticket.first_closed_at),
        )
        .where(ticket.first_contact_at > span.since, ticket.first_contact_at <= span.until, counted())
        .execution_options(yield_per=AT_ONCE)
    )
    for row in rows:
        unit = into.zones.units.today(unit_written(row.unit_code, row.unit_from))
        if not row.unit_code:
            unit = into.zones.unit(row.zone_id)
        settled_at = row.first_answered_at or row.first_closed_at
        if settled_at is not None and settled_at > span.until:
            settled_at = None
        if settled_at is None:
            part = "late" if row.due_at <= span.until else "waiting"
        else:
            part = "in_time" if settled_at <= row.due_at else "late"
        into.add(f"hotline.{part}", unit, row.id)


def gather_coverage(session: Session, into: Gathered) -> None:
    """Who of the public has a declaration in force, of how many smartphone users; places, and cameras of zones."""
    found = coverage_at(session, into.span.local_day, into.span.until)
    for about, declarants in found.declarants.items():
        for number in declarants:
            into.add("coverage.declared", _unit_about(about), number)
    for row in found.units:
        unit = _unit_about(row.about)
        values = {
            "users": row.smartphone_users,
            "covered": row.covered if row.smartphone_users is not None else None,
            "places_known": row.places_known,
            "places": row.places_registered,
            "crossed": row.crossed,
            "scanned": row.scanned,
        }
        _add_values(into, unit, values)
    for row in found.zones:
        zone_id = int(row.about.removeprefix(ZONE))
        cameras = {
            "cameras_planned": row.cameras_planned,
            "cameras_working": row.cameras_working,
            "cameras_believed": row.cameras_believed,
        }
        _add_values(into, into.zones.unit(zone_id), cameras)


def _add_values(into: Gathered, unit: str, values: Mapping[str, int | None]) -> None:
    for name, value in values.items():
        if value:
            into.values[f"coverage.{name}"][unit] += value


def _unit_about(about: str) -> str:
    """The unit of a row of coverage; of those who named none, or one that no reporter here is, NO_UNIT."""
    return NO_UNIT if about in (NOT_STATED, ELSEWHERE) else about.removeprefix(UNIT)


Subject = Callable[[Session, Gathered], None]
SUBJECTS: tuple[Subject, ...] = (gather_tests, gather_cases, gather_checks, gather_hotline, gather_coverage)
"""Everything that is counted for a report besides stocks."""
