"""Laboratory tests planned and carried on, each step in the caller's write transaction: two tablets at one bed note it once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.many_rows import insert_rows, one_of
from monitor.database.statements import changed
from monitor.incidents import causes
from monitor.incidents.incidents import end_cause, open_incident
from monitor.laboratory.states import before, counted_anew, days_from, read_sample
from monitor.models.incidents import IncidentKind
from monitor.models.people.laboratory import LaboratoryTest, LabResult, LabTestKind, LabTestState, ResultSource
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.places import Zone
from monitor.people.orders import in_force
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, words

LONGEST_WHY, LONGEST_LABORATORY, MOST_AT_ONCE = 300, 120, 500


def found_test(session: Session, test_id: int) -> tuple[LaboratoryTest, Resident]:
    """A test with the person. Raises NotFound."""
    found = session.execute(
        select(LaboratoryTest, Resident)
        .join(Resident, Resident.id == LaboratoryTest.resident_id)
        .where(LaboratoryTest.id == test_id)
    ).first()
    if found is None or found.Resident.deleted_at is not None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return found.LaboratoryTest, found.Resident


def read_kind(typed: str) -> LabTestKind:
    """Raises BadInput."""
    try:
        return LabTestKind(typed)
    except ValueError:
        raise BadInput(N_("Choose the kind of test."), field="kind") from None


def read_result(typed: str) -> LabResult:
    """Raises BadInput."""
    try:
        return LabResult(typed)
    except ValueError:
        raise BadInput(N_("Choose the result of the test."), field="result") from None


def plan(
    session: Session,
    due: Sequence[tuple[Resident, Sequence[date]]],
    kind: LabTestKind,
    why: str,
    account_id: int | None,
    now: datetime,
    *,
    counted_from: Mapping[int, date] | None = None,
) -> tuple[int, int]:
    """Plan tests of people on their days; one that is planned already is not planned twice.

    counted_from: by resident, the day from which their days were counted. Returns how many are new, and of how many people. Raises BadInput.
    """
    why = " ".join(why.split())
    if len(why) > LONGEST_WHY:
        raise BadInput(N_("At most %(most)s letters, please."), most=LONGEST_WHY, field="why")
    whose = one_of(LaboratoryTest.resident_id, [resident.id for resident, _days in due])
    there = select(LaboratoryTest.resident_id, LaboratoryTest.due_on).where(
        whose, LaboratoryTest.kind == kind, LaboratoryTest.state != LabTestState.CANCELLED
    )
    known = {(row.resident_id, row.due_on) for row in session.execute(there)}
    rows, noted, zones = [], [], set()
    for resident, days in due:
        fresh = [day for day in dict.fromkeys(days) if (resident.id, day) not in known]
        counted = (counted_from or {}).get(resident.id)
        whose_row = {"resident_id": resident.id, "zone_id": resident.zone_id, "counted_from": counted}
        rows += [{**whose_row, "due_on": day} for day in fresh]
        if fresh:
            zones.add(resident.zone_id)
            noted.append(audit.Noted(resident.zone_id, resident.id, {"kind": kind.value, "tests": len(fresh)}))
    if not rows:
        return 0, 0
    common = {"kind": kind, "why": why, "state": LabTestState.DUE, "planned_at": now, "planned_by": account_id}
    new = insert_rows(session, LaboratoryTest, rows, common)
    audit.note_many(session, Action.TEST_PLANNED, noted, at=now, account_id=account_id)
    for zone_id in sorted(zones):
        announce(session, zone_id, Topic.PEOPLE, now)
    return new, len(noted)


def plan_zone(
    session: Session, zone: Zone, kind: LabTestKind, days: str, why: str, account_id: int | None, now: datetime
) -> tuple[int, int]:
    """Plan tests for everybody of a zone whom an order holds, on days counted from its first day. Days gone by are left out.

    Returns how many tests are new, and of how many people. Raises BadInput.
    """
    clock = ZoneInfo(zone.timezone)
    today = now.astimezone(clock).date()
    days_from(days, today)  # what is wrong with them is wrong for everybody
    rows = session.execute(
        select(Resident, QuarantineOrder.starts_at)
        .join(QuarantineOrder, QuarantineOrder.resident_id == Resident.id)
        .where(Resident.zone_id == zone.id, Resident.deleted_at.is_(None), in_force(now))
        .order_by(Resident.id, QuarantineOrder.starts_at)
    )
    due: dict[int, tuple[Resident, list[date]]] = {}
    first_days: dict[int, date] = {}
    for row in rows:
        if row.Resident.id not in due:
            first_days[row.Resident.id] = row.starts_at.astimezone(clock).date()
            counted = days_from(days, first_days[row.Resident.id])
            due[row.Resident.id] = row.Resident, [day for day in counted if day >= today]
    return plan(session, list(due.values()), kind, why, account_id, now, counted_from=first_days)


def count_from(session: Session, resident_id: int, first: date, right: date, today: date) -> None:
    """Tests that are due on a day counted from an order's first day follow it when that was another day, see `counted_anew`.

    Where one of their kind is planned on the new day already, that one is enough.
    """
    theirs = select(LaboratoryTest).where(LaboratoryTest.resident_id == resident_id)
    tests = session.scalars(theirs.where(LaboratoryTest.state != LabTestState.CANCELLED).order_by(LaboratoryTest.due_on)).all()
    follow = [each for each in tests if each.counted_from == first and each.state is LabTestState.DUE]
    taken = {(each.kind, each.due_on) for each in tests if each not in follow}
    # First out of each other's way: two of a kind never stand on one day.
    waiting = update(LaboratoryTest).where(LaboratoryTest.state == LabTestState.DUE)
    moved = [
        each
        for each in follow
        if changed(session, waiting.where(LaboratoryTest.id == each.id).values(state=LabTestState.CANCELLED))
    ]
    for each in moved:
        day = counted_anew(each.due_on, first, right, today)
        state = LabTestState.CANCELLED if (each.kind, day) in taken else LabTestState.DUE
        taken.add((each.kind, day))
        mine = update(LaboratoryTest).where(LaboratoryTest.id == each.id)
        changed(session, mine.values(state=state, due_on=day, counted_from=right))


def take(session: Session, test_id: int, sample: str, account_id: int | None, now: datetime) -> Resident:
    """The sample was taken just now. Raises NotFound, BadInput, and Conflict where it was taken already, or the number is another's."""
    number = read_sample(sample)
    values = {"taken_at": now, "taken_by": account_id, "sample_number": number}
    return _step(session, test_id, LabTestState.TAKEN, values, Action.TEST_TAKEN, account_id, now, sample=number)


def send(session: Session, test_id: int, sample: str, laboratory: str, account_id: int | None, now: datetime) -> Resident:
    """The sample left for a laboratory, which must find it again by a number: one is needed by now. Raises as `take` does."""
    test, _resident = found_test(session, test_id)
    number = read_sample(sample) or test.sample_number
    if not number:
        raise BadInput(
            N_("Type the sample number, or scan it from the tube: the result comes back under it."), field="sample_number"
        )
    where = " ".join(laboratory.split())[:LONGEST_LABORATORY]
    if not where:
        raise BadInput(N_("Say which laboratory it goes to."), field="laboratory")
    values = {"sent_at": now, "sent_by": account_id, "laboratory": where, "sample_number": number}
    return _step(session, test_id, LabTestState.SENT, values, Action.TEST_SENT, account_id, now, sample=number)


def note_result(
    session: Session,
    test_id: int,
    result: LabResult,
    day: date,
    source: ResultSource,
    account_id: int | None,
    now: datetime,
    *,
    sample: str = "",
    correcting: LabResult | None = None,
    reason: str = "",
) -> Resident:
    """A result came. correcting: the result that stands there and was wrong, with a reason. Positive ones ask staff to act.

    Raises NotFound, BadInput, and Conflict where another result stands there by now.
    """
    test, resident = found_test(session, test_id)
    zone = session.get_one(Zone, resident.zone_id)
    if day > now.astimezone(ZoneInfo(zone.timezone)).date():
        raise BadInput(N_("The day of the result lies in the future."), field="result_on")
    values: dict[str, Any] = {
        "result": result,
        "result_on": day,
        "resulted_at": now,
        "resulted_by": account_id,
        "source": source,
    }
    values |= {"released_at": None, "released_by": None}
    if sample:
        values["sample_number"] = sample
    said = {"result": result.value, "day": day.isoformat(), "source": source.value}
    if correcting is None:
        _step(session, test_id, LabTestState.RESULTED, values, Action.TEST_RESULT_NOTED, account_id, now, **said)
    else:
        _correct(session, test, resident, values, correcting, reason, account_id, now, said)
    key = causes.test_positive(test_id)
    if result is LabResult.POSITIVE:
        open_incident(
            session,
            IncidentKind.TEST_POSITIVE,
            key,
            zone_id=resident.zone_id,
            resident_id=resident.id,
            room_id=resident.room_id,
            reason=words(
                N_("A test was positive. Speak with %(name)s before the result shows on their page."), name=resident.full_name
            ),
            now=now,
        )
    else:
        end_cause(session, key, now=now)
    return resident


def _correct(
    session: Session,
    test: LaboratoryTest,
    resident: Resident,
    values: Mapping[str, Any],
    was: LabResult,
    reason: str,
    account_id: int | None,
    now: datetime,
    said: Mapping[str, str],
) -> None:
    reason = " ".join(reason.split())[:LONGEST_WHY]
    if not reason:
        raise BadInput(N_("Say why the result is corrected."), field="reason")
    there = (LaboratoryTest.id == test.id, LaboratoryTest.state == LabTestState.RESULTED, LaboratoryTest.result == was)
    if not changed(session, update(LaboratoryTest).where(*there).values(**values)):
        raise _by_somebody_else()
    _note(
        session, Action.TEST_RESULT_CORRECTED, resident, account_id, now, test=test.id, before=was.value, reason=reason, **said
    )


def release(session: Session, test_id: int, account_id: int | None, now: datetime) -> Resident:
    """The person may read the result from now on. Raises NotFound, Conflict."""
    _test, resident = found_test(session, test_id)
    waiting = (
        LaboratoryTest.id == test_id,
        LaboratoryTest.state == LabTestState.RESULTED,
        LaboratoryTest.released_at.is_(None),
    )
    if not changed(session, update(LaboratoryTest).where(*waiting).values(released_at=now, released_by=account_id)):
        raise _by_somebody_else()
    _note(session, Action.TEST_RESULT_RELEASED, resident, account_id, now, test=test_id)
    return resident


def cancel(session: Session, test_id: int, reason: str, account_id: int | None, now: datetime) -> Resident:
    """It will not be done, or its sample was lost. Raises NotFound, BadInput, Conflict."""
    reason = " ".join(reason.split())[:LONGEST_WHY]
    if not reason:
        raise BadInput(N_("Say why the test is cancelled."), field="reason")
    values = {"cancelled_at": now, "cancelled_by": account_id, "cancel_reason": reason}
    return _step(session, test_id, LabTestState.CANCELLED, values, Action.TEST_CANCELLED, account_id, now, reason=reason)


def _step(
    session: Session,
    test_id: int,
    state: LabTestState,
    values: Mapping[str, Any],
    action: Action,
    account_id: int | None,
    now: datetime,
    **said: str,
) -> Resident:
    _test, resident = found_test(session, test_id)
    _refuse_taken_number(session, test_id, str(values.get("sample_number", "")))
    moves = update(LaboratoryTest).where(LaboratoryTest.id == test_id, LaboratoryTest.state.in_(before(state)))
    try:
        moved = changed(session, moves.values(state=state, **values))
    except IntegrityError:
        # Another tablet scanned the same tube in this instant.
        raise Conflict(_ANOTHERS) from None
    if not moved:
        raise _by_somebody_else()
    _note(session, action, resident, account_id, now, test=test_id, **said)
    return resident


_ANOTHERS = N_("This sample number is on another sample that waits for its result. Look at the tube again.")


def _refuse_taken_number(session: Session, test_id: int, number: str) -> None:
    same = (LaboratoryTest.sample_number == number, LaboratoryTest.state.in_((LabTestState.TAKEN, LabTestState.SENT)))
    if number and session.scalar(select(LaboratoryTest.id).where(*same, LaboratoryTest.id != test_id).limit(1)):
        raise Conflict(_ANOTHERS)


def _by_somebody_else() -> Conflict:
    return Conflict(N_("Someone else has just changed this test. Reload the page to see it as it is now."))


def _note(session: Session, action: Action, resident: Resident, account_id: int | None, now: datetime, **said: Any) -> None:
    # The zone is the person's of now: the trail of a zone is read by those who work there.
    audit.note(session, action, at=now, account_id=account_id, zone_id=resident.zone_id, resident_id=resident.id, **said)
    announce(session, resident.zone_id, Topic.PEOPLE, now)
