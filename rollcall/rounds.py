"""Opens, reminds and closes rounds: ticks that may run twice, late, or on several machines, and do each thing once."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from monitor.changes import announce
from monitor.database import Database
from monitor.incidents import open_incident
from monitor.models import (
    CheckIn,
    CheckInChange,
    CheckInState,
    Exemption,
    IncidentKind,
    Observation,
    ObservationKind,
    OrderState,
    Plan,
    ProcessBeat,
    Prompt,
    PromptKind,
    QuarantineOrder,
    Resident,
    RollCall,
    RollCallState,
    ServiceOutage,
    Zone,
)
from monitor.words import N_, words
from rollcall.checkin import AWAITED, Step, Window, close
from rollcall.plan import Quiet, Schedule, next_round
from rollcall.steps import take_step

TICK = "tick"
# A tick comes every second; a gap this long was felt by residents.
OUTAGE_AFTER = timedelta(seconds=20)
BATCH = 500


def quiet_of(plan: Plan, zone: Zone) -> Quiet:
    """A plan's quiet hours on its zone's wall clock."""
    return Quiet.parse(plan.quiet_from, plan.quiet_to, zone.timezone)


def open_due_rounds(database: Database, now: datetime) -> int:
    """Open the round of each plan that is due; returns how many this call opened."""
    with database.read() as session:
        due = session.execute(
            select(Plan, Zone).join(Zone, Zone.id == Plan.zone_id).where(Plan.next_round_at <= now, Plan.active)
        ).all()
    opened = 0
    for plan, zone in due:
        quiet = quiet_of(plan, zone)
        every = timedelta(minutes=plan.every_minutes) if plan.every_minutes else None
        schedule = Schedule(plan.kind, plan.times, every, quiet)
        with database.write() as session:
            # Whoever moves the plan's date opens the round.
            moved = session.execute(
                update(Plan)
                .where(Plan.id == plan.id, Plan.next_round_at == plan.next_round_at, Plan.active)
                .values(next_round_at=quiet.after(now) if quiet.covers(now) else next_round(schedule, now))
                .execution_options(synchronize_session=False)
            )
            assert isinstance(moved, CursorResult)
            if moved.rowcount and not quiet.covers(now):
                _open(session, plan, now)
                opened += 1
    return opened


def _open(session: Session, plan: Plan, now: datetime) -> None:
    closes = now + timedelta(minutes=plan.window_minutes)
    round_ = RollCall(plan_id=plan.id, zone_id=plan.zone_id, opens_at=now, closes_at=closes)
    session.add(round_)
    session.flush()
    exempt = {
        row.resident_id: row.reason
        for row in session.execute(
            select(Exemption.resident_id, Exemption.reason).where(
                Exemption.zone_id == plan.zone_id, Exemption.starts_at <= now, Exemption.ends_at > now
            )
        )
    }
    remind = now + timedelta(minutes=plan.remind_after_minutes) if plan.remind_after_minutes else None
    check_ins = []
    for resident_id in _under_order(session, plan.zone_id, now):
        check_in = CheckIn(
            roll_call_id=round_.id,
            resident_id=resident_id,
            zone_id=plan.zone_id,
            opened_at=now,
            due_at=closes,
            remind_at=remind if remind is not None and remind < closes else None,
            nonce=secrets.token_urlsafe(12),
            state_since=now,
        )
        if resident_id in exempt:
            reason = words(N_("Away with permission: %(reason)s."), reason=exempt[resident_id])
            check_in.state, check_in.reasons = CheckInState.EXCUSED, [reason.dump()]
            check_in.due_at = check_in.remind_at = None
        check_ins.append(check_in)
    session.add_all(check_ins)
    session.flush()
    session.add_all(
        CheckInChange(check_in_id=each.id, zone_id=each.zone_id, at=now, state=each.state, reasons=each.reasons or [])
        for each in check_ins
    )
    channel = plan.channels[0] if plan.channels else "sms"
    session.add_all(_prompt(each, PromptKind.FIRST, channel, now) for each in check_ins if each.due_at is not None)
    announce(session, plan.zone_id, "roll-call", now)


def _prompt(check_in: CheckIn, kind: PromptKind, channel: str, now: datetime) -> Prompt:
    return Prompt(
        check_in_id=check_in.id,
        resident_id=check_in.resident_id,
        zone_id=check_in.zone_id,
        kind=kind,
        channel=channel,
        reference=secrets.token_hex(16),
        created_at=now,
        next_attempt_at=now,
    )


def _under_order(session: Session, zone_id: int, now: datetime) -> list[int]:
    return list(
        session.scalars(
            select(Resident.id)
            .join(QuarantineOrder, QuarantineOrder.resident_id == Resident.id)
            .where(
                Resident.zone_id == zone_id,
                QuarantineOrder.state == OrderState.ACTIVE,
                QuarantineOrder.starts_at <= now,
                QuarantineOrder.ends_at > now,
            )
            .distinct()
            .order_by(Resident.id)
        )
    )


def remind_due(database: Database, now: datetime) -> int:
    """Queue the reminder of each check-in that is due for one and still awaited; returns how many."""
    with database.read() as session:
        due = session.execute(
            select(CheckIn, Plan, Zone)
            .join(RollCall, RollCall.id == CheckIn.roll_call_id)
            .join(Plan, Plan.id == RollCall.plan_id)
            .join(Zone, Zone.id == CheckIn.zone_id)
            .where(CheckIn.remind_at <= now)
            .limit(BATCH)
        ).all()
    reminded = 0
    if not due:
        return 0
    with database.write() as session:
        for check_in, plan, zone in due:
            taken = session.execute(
                update(CheckIn)
                .where(CheckIn.id == check_in.id, CheckIn.remind_at == check_in.remind_at, CheckIn.state.in_(AWAITED))
                .values(remind_at=None)
                .execution_options(synchronize_session=False)
            )
            assert isinstance(taken, CursorResult)
            if taken.rowcount and not quiet_of(plan, zone).covers(now):
                session.add(_prompt(check_in, PromptKind.REMINDER, plan.channels[0] if plan.channels else "sms", now))
                reminded += 1
    return reminded


def close_due(database: Database, now: datetime) -> int:
    """Decide about each check-in whose window is over and close rounds that await nobody; returns how many it decided."""
    with database.read() as session:
        due = session.execute(
            select(CheckIn, Plan, Zone, Resident)
            .join(RollCall, RollCall.id == CheckIn.roll_call_id)
            .join(Plan, Plan.id == RollCall.plan_id)
            .join(Zone, Zone.id == CheckIn.zone_id)
            .join(Resident, Resident.id == CheckIn.resident_id)
            .where(CheckIn.due_at <= now)
            .order_by(CheckIn.due_at)
            .limit(BATCH)
        ).all()
        steps = [
            (check_in, resident, close(_window(session, check_in, plan, zone, resident)))
            for check_in, plan, zone, resident in due
        ]
    closed = 0
    if steps:
        with database.write() as session:
            for check_in, resident, step in steps:
                if take_step(session, check_in.id, check_in.zone_id, step, now=now, frm=AWAITED, due_before=now):
                    closed += 1
                    _ask_staff(session, check_in, resident, step, now)
    _close_rounds(database, now)
    return closed


def _window(session: Session, check_in: CheckIn, plan: Plan, zone: Zone, resident: Resident) -> Window:
    opened, due = check_in.opened_at, check_in.due_at
    assert due is not None
    exemption = session.scalar(
        select(Exemption.reason)
        .where(Exemption.resident_id == resident.id, Exemption.starts_at < due, Exemption.ends_at > opened)
        .limit(1)
    )
    outage = session.scalar(
        select(ServiceOutage.started_at).where(ServiceOutage.started_at < due, ServiceOutage.ended_at > opened).limit(1)
    )
    seen = session.scalar(
        select(func.max(Observation.last_at)).where(
            Observation.resident_id == resident.id,
            Observation.room_id == resident.room_id,
            Observation.kind == ObservationKind.FACE,
            Observation.last_at >= opened,
            Observation.started_at <= due,
        )
    )
    delivered = session.scalar(select(func.min(Prompt.delivered_at)).where(Prompt.check_in_id == check_in.id))
    return Window(
        opened_at=opened,
        due_at=due,
        timezone=zone.timezone,
        exemption=exemption,
        outage_at=outage,
        seen_at=seen,
        camera_excuses=plan.camera_excuses,
        delivered_at=delivered,
    )


_ASKED = {
    CheckInState.MISSED: (
        IncidentKind.MISSED,
        N_("%(name)s did not answer the roll-call, though the message arrived. Please ask how they are."),
    ),
    CheckInState.UNREACHED: (
        IncidentKind.UNREACHED,
        N_("No message is known to have reached %(name)s. Please call; it is not held against them."),
    ),
}


def _ask_staff(session: Session, check_in: CheckIn, resident: Resident, step: Step, now: datetime) -> None:
    if step.state not in _ASKED:
        return
    kind, template = _ASKED[step.state]
    # One question a person, not one a round: the next miss of somebody still asked after adds nothing.
    open_incident(
        session,
        kind,
        f"{step.state.value}-resident-{resident.id}",
        zone_id=check_in.zone_id,
        room_id=resident.room_id,
        resident_id=resident.id,
        check_in_id=check_in.id,
        reason=words(template, name=resident.full_name),
        now=now,
    )


def _close_rounds(database: Database, now: datetime) -> None:
    awaited = select(CheckIn.id).where(CheckIn.roll_call_id == RollCall.id, CheckIn.state.in_(AWAITED)).exists()
    over = (RollCall.state == RollCallState.OPEN, RollCall.closes_at <= now, ~awaited)
    with database.read() as session:
        if session.scalar(select(RollCall.id).where(*over).limit(1)) is None:
            return
    with database.write() as session:
        rows = session.execute(
            update(RollCall)
            .where(*over)
            .values(state=RollCallState.CLOSED, closed_at=now)
            .returning(RollCall.zone_id)
            .execution_options(synchronize_session=False)
        ).all()
        for row in rows:
            announce(session, row.zone_id, "roll-call", now)


def record_outage(database: Database, now: datetime) -> bool:
    """Note that we tick; when the last tick is long past, the gap was our fault and is kept. Returns whether there was one."""
    with database.write() as session:
        row = session.get(ProcessBeat, TICK)
        if row is None:
            session.add(ProcessBeat(name=TICK, kind=TICK, pid=0, started_at=now, beat_at=now))
            return False
        before, row.beat_at = row.beat_at, max(now, row.beat_at)
        if now - before <= OUTAGE_AFTER:
            return False
        session.add(ServiceOutage(started_at=before, ended_at=now, cause="no-tick"))
        return True
