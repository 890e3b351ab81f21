"""Opens rounds: a tick that may run twice, late, or on several machines, and opens each once."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import bindparam, case, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.database import Database
from monitor.database.expressions import random_digits
from monitor.database.many_rows import insert_rows, one_of
from monitor.database.statements import changed, inserted
from monitor.models.base import UtcDateTime
from monitor.models.people.residents import Exemption, Household, QuarantineOrder, Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan, PlanResident
from monitor.models.rollcalls.prompts import Prompt, PromptKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInChange, CheckInState, RollCall
from monitor.models.service import OutagePart, ProcessBeat
from monitor.outages import keep_past
from monitor.page_looks import page_answered_since
from monitor.people.orders import in_force
from monitor.places.quiet_floor import Span, floor_of
from monitor.places.quiet_floor import in_force as in_force_floor
from rollcall.checkins.excusing import away
from rollcall.checkins.steps import CONNECTIONS, chunks
from rollcall.jobs import SEND_PROMPTS, defer
from rollcall.people.guardians import NUMBER, with_guardian
from rollcall.plans.ladder import first_channel
from rollcall.plans.schedule import Quiet, Schedule, chosen, next_round
from rollcall.rounds.ladder_steps import rungs_of

log = logging.getLogger(__name__)
TICK = "tick"
# A tick comes every second; a gap this long is more than a slow machine. Whether residents felt it is told by the page.
OUTAGE_AFTER = timedelta(seconds=20)


def quiet_of(plan: Plan, zone: Zone, province: Span) -> Quiet:
    """When nobody is asked by a plan, on its zone's wall clock: its own quiet hours, and those that no plan can lift.

    province: the floor that holds everywhere. Raises ValueError, ZoneInfoNotFoundError where they cannot be read.
    """
    return Quiet.parse(plan.quiet_from, plan.quiet_to, zone.timezone, floor_of(zone, province))


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
        province = in_force_floor(session, now)
    if not due:
        return 0
    with ThreadPoolExecutor(min(database.writers(CONNECTIONS), len(due))) as pool:
        return sum(pool.map(lambda row: _open_due(database, row.Plan, row.Zone, province, now, available), due))


def _open_due(
    database: Database, plan: Plan, zone: Zone, province: Span, now: datetime, available: Collection[str] | None
) -> bool:
    """Open one plan's round, unless another ticker does or the night has begun."""
    try:
        quiet = quiet_of(plan, zone, province)
    except (ValueError, ZoneInfoNotFoundError):
        log.exception("plan %s cannot be read: its quiet hours or its zone's time zone", plan.id)
        return False
    following = quiet.after(now) if quiet.covers(now) else next_round(schedule_of(plan, quiet), now)
    with database.write() as session:
        # Whoever moves the plan's date opens the round.
        moved = changed(
            session,
            update(Plan)
            .where(Plan.id == plan.id, Plan.next_round_at == plan.next_round_at, Plan.active)
            .values(next_round_at=following),
        )
        if not moved or quiet.covers(now):
            return False
        open_round(session, plan, now, available)
    return True


def open_round(
    session: Session,
    plan: Plan,
    now: datetime,
    available: Collection[str] | None,
    only: Collection[int] | None = None,
    *,
    leaves_at: datetime | None = None,
) -> RollCall:
    """Open a round of a plan in the caller's write transaction: a check-in for everybody it asks, and their first messages.

    only: these people instead, whom staff ask beside the plan. leaves_at: no message leaves before, and the time to answer counts from there.
    """
    begins = leaves_at or now
    closes = begins + timedelta(minutes=plan.window_minutes)
    round_ = RollCall(plan_id=plan.id, zone_id=plan.zone_id, opens_at=now, closes_at=closes, extra=only is not None)
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
    awaited = {"state": CheckInState.SCHEDULED, "due_at": closes, "reasons": []}
    awaited["step_at"] = begins + steps[0].after if steps else None
    excused = {"state": CheckInState.EXCUSED, "due_at": None, "step_at": None}
    for some in chunks(people_of(session, plan, now) if only is None else only):
        insert_rows(
            session, CheckIn, [_part(resident_id) for resident_id in some if resident_id not in exempt], common | awaited
        )
        for resident_id in exempt.keys() & some:
            reasons = {"reasons": [away(exempt[resident_id]).dump()]}
            insert_rows(session, CheckIn, [_part(resident_id)], common | excused | reasons)
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
        random_digits(),
        literal(now, UtcDateTime()),
        literal(begins, UtcDateTime()),
    ).where(made, CheckIn.state == CheckInState.SCHEDULED, or_(CheckIn.lead_id.is_(None), CheckIn.lead_id == CheckIn.id))
    columns = ["check_in_id", "resident_id", "zone_id", "kind", "channel", "reference", "created_at", "next_attempt_at"]
    defer(session, SEND_PROMPTS, inserted(session, insert(Prompt).from_select(columns, prompts)))
    announce(session, plan.zone_id, Topic.ROLL_CALL, now)
    return round_


def _part(resident_id: int) -> dict[str, object]:
    """What of a check-in is each resident's own."""
    return {"resident_id": resident_id, "nonce": secrets.token_urlsafe(12)}


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
        select(QuarantineOrder.id).where(QuarantineOrder.resident_id == Resident.id, in_force(now)).limit(1).scalar_subquery()
    )
    statement = select(Resident.id).where(Resident.zone_id == zone_id, order.is_not(None)).order_by(Resident.id)
    if named is not None:
        statement = statement.where(one_of(Resident.id, named))
    return [resident_id for resident_id in session.scalars(statement) if chosen(seed, resident_id, percent)]


def record_outage(database: Database, now: datetime) -> bool:
    """Note that we tick; when the last tick is long past, the gap was our fault and is kept. Returns whether there was one.

    Only the clock stood still where somebody saw the page answer meanwhile; else nobody knows that anything of ours ran.
    """
    with database.write() as session:
        row = session.get(ProcessBeat, TICK)
        if row is None:
            session.add(ProcessBeat(name=TICK, kind=TICK, pid=0, started_at=now, beat_at=now))
            return False
        before, row.beat_at = row.beat_at, max(now, row.beat_at)
        if now - before <= OUTAGE_AFTER:
            return False
        part = OutagePart.SCHEDULER if page_answered_since(session, before, now) else OutagePart.SERVICE
        keep_past(session, part, started_at=before, ended_at=now, cause="no-tick")
        return True
