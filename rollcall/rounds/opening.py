"""Opens rounds: a tick that may run twice, late, or on several machines, and opens each once."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, CursorResult, String, bindparam, case, cast, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from monitor.bulk import insert_rows, one_of
from monitor.changes import announce
from monitor.database import Database, UtcDateTime
from monitor.models import (
    CheckIn,
    CheckInChange,
    CheckInState,
    Exemption,
    Household,
    OrderState,
    Plan,
    PlanResident,
    ProcessBeat,
    Prompt,
    PromptKind,
    QuarantineOrder,
    Resident,
    RollCall,
    ServiceOutage,
    Zone,
)
from rollcall.climbing import rungs_of
from rollcall.guardians import NUMBER, with_guardian
from rollcall.jobs import SEND_PROMPTS, defer
from rollcall.ladder import first_channel
from rollcall.leaving import away
from rollcall.plan import Quiet, Schedule, chosen, next_round
from rollcall.steps import CONNECTIONS, chunks

log = logging.getLogger(__name__)
TICK = "tick"
# A tick comes every second; a gap this long was felt by residents.
OUTAGE_AFTER = timedelta(seconds=20)


def quiet_of(plan: Plan, zone: Zone) -> Quiet:
    """A plan's quiet hours on its zone's wall clock."""
    return Quiet.parse(plan.quiet_from, plan.quiet_to, zone.timezone)


def schedule_of(plan: Plan, quiet: Quiet) -> Schedule:
    """A plan's rule, from its columns."""
    every = timedelta(minutes=plan.every_minutes) if plan.every_minutes else None
    return Schedule(plan.kind, plan.times, every, quiet, plan.spans, plan.seed, plan.days)


def open_due_rounds(database: Database, now: datetime, available: Collection[str] | None = None) -> int:
    """Open the round of each plan that is due; returns how many this call opened. available: channels set up; None for all."""
    with database.read() as session:
        due = session.execute(
            select(Plan, Zone).join(Zone, Zone.id == Plan.zone_id).where(Plan.next_round_at <= now, Plan.active)
        ).all()
    if not due:
        return 0
    with ThreadPoolExecutor(1 if database.is_sqlite else min(CONNECTIONS, len(due))) as pool:
        return sum(pool.map(lambda row: _open_due(database, row.Plan, row.Zone, now, available), due))


def _open_due(database: Database, plan: Plan, zone: Zone, now: datetime, available: Collection[str] | None) -> bool:
    """Open one plan's round, unless another ticker does or the night has begun."""
    try:
        quiet = quiet_of(plan, zone)
    except (ValueError, ZoneInfoNotFoundError):
        log.exception("plan %s cannot be read: its quiet hours or its zone's time zone", plan.id)
        return False
    following = quiet.after(now) if quiet.covers(now) else next_round(schedule_of(plan, quiet), now)
    with database.write() as session:
        # Whoever moves the plan's date opens the round.
        moved = session.execute(
            update(Plan)
            .where(Plan.id == plan.id, Plan.next_round_at == plan.next_round_at, Plan.active)
            .values(next_round_at=following)
            .execution_options(synchronize_session=False)
        )
        assert isinstance(moved, CursorResult)
        if not moved.rowcount or quiet.covers(now):
            return False
        open_round(session, plan, now, available)
    return True


def open_round(session: Session, plan: Plan, now: datetime, available: Collection[str] | None) -> None:
    """Open a round of a plan in the caller's write transaction: a check-in for everybody it asks, and their first messages."""
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
    steps = rungs_of(plan.channels, plan.ladder, plan.window_minutes)
    common = {"roll_call_id": round_.id, "zone_id": plan.zone_id, "opened_at": now, "state_since": now, "step": 0}
    asked = {"state": CheckInState.SCHEDULED, "due_at": closes, "reasons": []}
    asked["step_at"] = now + steps[0].after if steps else None
    excused = {"state": CheckInState.EXCUSED, "due_at": None, "step_at": None}
    for people in chunks(people_of(session, plan, now)):
        insert_rows(session, CheckIn, [_part(each) for each in people if each not in exempt], common | asked)
        for each in exempt.keys() & people:
            insert_rows(session, CheckIn, [_part(each)], common | excused | {"reasons": [away(exempt[each]).dump()]})
    made = CheckIn.roll_call_id == round_.id
    changes = select(CheckIn.id, literal(now, UtcDateTime()), CheckIn.state, CheckIn.reasons).where(made)
    session.execute(insert(CheckInChange).from_select(["check_in_id", "at", "state", "reasons"], changes))
    _share_phones(session, round_.id)
    prompts = select(
        CheckIn.id,
        CheckIn.resident_id,
        CheckIn.zone_id,
        literal(PromptKind.FIRST, Prompt.kind.type),
        literal(first_channel(plan.channels, available)),
        _random_reference(session),
        literal(now, UtcDateTime()),
        literal(now, UtcDateTime()),
    ).where(made, CheckIn.state == CheckInState.SCHEDULED, or_(CheckIn.lead_id.is_(None), CheckIn.lead_id == CheckIn.id))
    columns = ["check_in_id", "resident_id", "zone_id", "kind", "channel", "reference", "created_at", "next_attempt_at"]
    queued = session.execute(insert(Prompt).from_select(columns, prompts), execution_options={"preserve_rowcount": True})
    assert isinstance(queued, CursorResult)
    defer(session, SEND_PROMPTS, queued.rowcount)
    announce(session, plan.zone_id, "roll-call", now)


def _part(resident_id: int) -> dict[str, Any]:
    """What of a check-in is each resident's own."""
    return {"resident_id": resident_id, "nonce": secrets.token_urlsafe(12)}


def _random_reference(session: Session) -> ColumnElement[str]:
    """Sixteen random bytes in hexadecimal digits, made by the database for each row."""
    if session.get_bind().dialect.name == "sqlite":
        return func.lower(func.hex(func.randomblob(16)))
    return func.replace(cast(func.gen_random_uuid(), String), "-", "")


def _share_phones(session: Session, round_id: int) -> None:
    """Let those of a round who answer with one phone share one message: the first of them stands for all."""
    numbered = (
        with_guardian(
            select(
                CheckIn.id.label("id"),
                func.min(CheckIn.id).over(partition_by=NUMBER).label("lead"),
                func.count().over(partition_by=NUMBER).label("sharing"),
            )
            .join(Resident, Resident.id == CheckIn.resident_id)
            .outerjoin(Household, Household.id == Resident.household_id)
        )
        .where(CheckIn.roll_call_id == round_id, CheckIn.state == CheckInState.SCHEDULED, NUMBER != "")
        .subquery()
    )
    rows = session.execute(select(numbered.c.id, numbered.c.lead).where(numbered.c.sharing > 1)).all()
    if rows:
        # The ladder is climbed once for all of them.
        step_at = case((CheckIn.id == bindparam("lead"), CheckIn.step_at), else_=None)
        session.connection().execute(
            update(CheckIn).where(CheckIn.id == bindparam("row")).values(lead_id=bindparam("lead"), step_at=step_at),
            [{"row": row.id, "lead": row.lead} for row in rows],
        )


def people_of(session: Session, plan: Plan, now: datetime) -> list[int]:
    """Whom a round of this plan asks."""
    named = session.scalars(select(PlanResident.resident_id).where(PlanResident.plan_id == plan.id)).all()
    return asked_people(session, plan.zone_id, named or None, plan.seed, plan.share_percent, now)


def asked_people(
    session: Session, zone_id: int, named: Collection[int] | None, seed: str, percent: int, now: datetime
) -> list[int]:
    """The zone's people under an order, or the named ones of them; of a new plan a share, which the seed chooses."""
    # Each person's own orders, by their index: joined, PostgreSQL reads the orders of all zones for each zone.
    order = (
        select(QuarantineOrder.id)
        .where(
            QuarantineOrder.resident_id == Resident.id,
            QuarantineOrder.state == OrderState.ACTIVE,
            QuarantineOrder.starts_at <= now,
            QuarantineOrder.ends_at > now,
        )
        .limit(1)
        .scalar_subquery()
    )
    statement = select(Resident.id).where(Resident.zone_id == zone_id, order.is_not(None)).order_by(Resident.id)
    if named is not None:
        statement = statement.where(one_of(Resident.id, named))
    return [each for each in session.scalars(statement) if chosen(seed, each, percent)]


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
