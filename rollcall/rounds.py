"""Opens rounds and reminds: ticks that may run twice, late, or on several machines, and do each thing once."""

from __future__ import annotations

import logging
import secrets
from datetime import datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, CursorResult, String, cast, func, insert, literal, select, update
from sqlalchemy.orm import Session

from monitor.changes import announce
from monitor.database import Database, UtcDateTime
from monitor.models import (
    CheckIn,
    CheckInChange,
    CheckInState,
    Exemption,
    OrderState,
    Plan,
    ProcessBeat,
    Prompt,
    PromptKind,
    QuarantineOrder,
    Resident,
    RollCall,
    ServiceOutage,
    Zone,
)
from monitor.words import N_, Words, words
from rollcall.checkin import AWAITED
from rollcall.jobs import SEND_PROMPTS, defer
from rollcall.plan import Quiet, Schedule, next_round
from rollcall.steps import chunks

log = logging.getLogger(__name__)
TICK = "tick"
# A tick comes every second; a gap this long was felt by residents.
OUTAGE_AFTER = timedelta(seconds=20)
BATCH = 5000


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
        try:
            quiet = quiet_of(plan, zone)
        except (ValueError, ZoneInfoNotFoundError):
            log.exception("plan %s cannot be read: its quiet hours or its zone's time zone", plan.id)
            continue
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
    common = {"roll_call_id": round_.id, "zone_id": plan.zone_id, "opened_at": now, "state_since": now}
    asked = {"state": CheckInState.SCHEDULED, "due_at": closes, "reasons": []}
    asked["remind_at"] = remind if remind is not None and remind < closes else None
    excused = {"state": CheckInState.EXCUSED, "due_at": None, "remind_at": None}
    channel = plan.channels[0] if plan.channels else "sms"
    for people in chunks(_under_order(session, plan.zone_id, now)):
        session.execute(
            insert(CheckIn),
            [
                {"resident_id": each, "nonce": secrets.token_urlsafe(12)}
                | common
                | (asked if each not in exempt else excused | {"reasons": [_away(exempt[each]).dump()]})
                for each in people
            ],
        )
    made = CheckIn.roll_call_id == round_.id
    changes = select(CheckIn.id, CheckIn.zone_id, literal(now, UtcDateTime()), CheckIn.state, CheckIn.reasons).where(made)
    session.execute(insert(CheckInChange).from_select(["check_in_id", "zone_id", "at", "state", "reasons"], changes))
    prompts = select(
        CheckIn.id,
        CheckIn.resident_id,
        CheckIn.zone_id,
        literal(PromptKind.FIRST, Prompt.kind.type),
        literal(channel),
        _random_reference(session),
        literal(now, UtcDateTime()),
        literal(now, UtcDateTime()),
    ).where(made, CheckIn.state == CheckInState.SCHEDULED)
    columns = ["check_in_id", "resident_id", "zone_id", "kind", "channel", "reference", "created_at", "next_attempt_at"]
    queued = session.execute(insert(Prompt).from_select(columns, prompts), execution_options={"preserve_rowcount": True})
    assert isinstance(queued, CursorResult)
    defer(session, SEND_PROMPTS, queued.rowcount)
    announce(session, plan.zone_id, "roll-call", now)


def _random_reference(session: Session) -> ColumnElement[str]:
    """Sixteen random bytes in hexadecimal digits, made by the database for each row."""
    if session.get_bind().dialect.name == "sqlite":
        return func.lower(func.hex(func.randomblob(16)))
    return func.replace(cast(func.gen_random_uuid(), String), "-", "")


def _away(reason: str) -> Words:
    return words(N_("Away with permission: %(reason)s."), reason=reason)


def _prompt(
    check_in_id: int, resident_id: int, zone_id: int, kind: PromptKind, channel: str, now: datetime
) -> dict[str, object]:
    return {
        "check_in_id": check_in_id,
        "resident_id": resident_id,
        "zone_id": zone_id,
        "kind": kind,
        "channel": channel,
        "reference": secrets.token_hex(16),
        "created_at": now,
        "next_attempt_at": now,
    }


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
    reminded = 0
    while True:
        with database.read() as session:
            due = session.execute(
                select(CheckIn.id, CheckIn.resident_id, CheckIn.zone_id, CheckIn.remind_at, Plan.channels)
                .join(RollCall, RollCall.id == CheckIn.roll_call_id)
                .join(Plan, Plan.id == RollCall.plan_id)
                .where(CheckIn.remind_at <= now)
                .order_by(CheckIn.remind_at)
                .limit(BATCH)
            ).all()
        if not due:
            return reminded
        with database.write() as session:
            # Whoever answered meanwhile is not reminded, and never looked at again.
            reminded_now = session.execute(
                update(CheckIn)
                .where(CheckIn.id.in_([row.id for row in due]), CheckIn.remind_at <= now)
                .values(remind_at=None)
                .returning(CheckIn.id, CheckIn.state)
                .execution_options(synchronize_session=False)
            )
            taken = {row.id for row in reminded_now if row.state in AWAITED}
            reminded_by = session.execute(
                select(Prompt.check_in_id, Prompt.channel).where(
                    Prompt.check_in_id.in_(taken), Prompt.kind == PromptKind.REMINDER
                )
            )
            queued = {(row.check_in_id, row.channel) for row in reminded_by}
            # The quiet hours are kept where messages leave.
            prompts = [
                _prompt(row.id, row.resident_id, row.zone_id, PromptKind.REMINDER, channel, now)
                for row in due
                for channel in row.channels[:1] or ["sms"]
                if row.id in taken and (row.id, channel) not in queued
            ]
            if prompts:
                session.execute(insert(Prompt), prompts)
                defer(session, SEND_PROMPTS, len(prompts))
                reminded += len(prompts)


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
