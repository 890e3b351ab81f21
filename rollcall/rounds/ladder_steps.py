"""Takes the steps of the ladder that are due: a tick that may run twice, late, or on several machines, and takes each once."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, and_, exists, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.database.statements import changed, changed_values
from monitor.models.people.residents import Household, Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import REPLIES, Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, RollCall
from monitor.places.quiet_floor import Span, floor_of, in_force
from rollcall.checkins.checkin import AWAITED
from rollcall.checkins.excusing import excuse_gone
from rollcall.jobs import SEND_PROMPTS, defer
from rollcall.people.guardians import NUMBER, with_guardian
from rollcall.plans.ladder import Asked, Climbed, Rung, awaits_delivery, climb, rungs
from rollcall.plans.schedule import Quiet

BATCH = 5000


def rungs_of(
    channels: Sequence[tuple[str, float]], ladder: Sequence[tuple[float, str]], window_minutes: float
) -> tuple[Rung, ...]:
    """A plan's steps, from its columns."""
    return rungs(channels, ladder, timedelta(minutes=window_minutes))


def awaits_anybody() -> ColumnElement[bool]:
    """A condition on CheckIn: it, or somebody who answers with the same phone, is still awaited."""
    other = aliased(CheckIn)
    sharing = exists().where(other.lead_id == CheckIn.id, other.state.in_(AWAITED))
    return or_(CheckIn.state.in_(AWAITED), and_(CheckIn.lead_id.is_not(None), sharing))


@dataclass(frozen=True)
class _DueStep:
    """A check-in that is due for the next step of its ladder.

    step: how many were taken. opened_at: when its window began. quiet: None where it cannot be read. asked: the prompts that it has
    already. other_phone: the household has another number than the resident's own.
    """

    check_in_id: int
    resident_id: int
    zone_id: int
    step: int
    awaited: bool
    opened_at: datetime
    rungs: tuple[Rung, ...]
    quiet: Quiet | None
    asked: tuple[Asked, ...]
    other_phone: bool


def climb_due(database: Database, now: datetime, available: Collection[str] | None = None) -> int:
    """Take the next step of each check-in that is due for one and still awaited; returns how many prompts were queued.

    available: the channels that are set up; None for all.
    """
    queued = 0
    while True:
        with database.read() as session:
            ids = list(session.scalars(select(CheckIn.id).where(CheckIn.step_at <= now).order_by(CheckIn.step_at).limit(BATCH)))
        if not ids:
            return queued
        with database.write() as session:
            excuse_gone(session, ids, now)
            # One statement for all that stand and climb alike.
            alike: dict[tuple[int, Climbed], list[_DueStep]] = defaultdict(list)
            for due in _gather(session, ids, now):
                alike[due.step, _climbed(due, now, available)].append(due)
            for (step, climbed), dues in alike.items():
                queued += _take(session, step, climbed, dues, now)


def _climbed(due: _DueStep, now: datetime, available: Collection[str] | None) -> Climbed:
    """Where a check-in stands then, and what is to be sent."""
    if not due.awaited:
        # Whoever answered meanwhile is not asked again, and never looked at again.
        return Climbed(due.step, None)
    if due.quiet is not None and due.quiet.covers(now):
        # What is queued in the night leaves in the morning, all at once: the ladder waits too, and counts from there.
        pause = due.rungs[due.step].after if due.step < len(due.rungs) else timedelta(0)
        return Climbed(due.step, due.quiet.after(now) + pause)
    return climb(due.rungs, due.step, due.opened_at, now, due.asked, available=available, other_phone=due.other_phone)


def _gather(session: Session, ids: Sequence[int], now: datetime) -> list[_DueStep]:
    statement = (
        select(
            CheckIn.id,
            CheckIn.resident_id,
            CheckIn.zone_id,
            CheckIn.step,
            CheckIn.opened_at,
            CheckIn.due_at,
            awaits_anybody().label("awaited"),
            RollCall.plan_id,
            NUMBER.label("number"),
            Household.phone.label("household"),
        )
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Resident, Resident.id == CheckIn.resident_id)
        .outerjoin(Household, Household.id == Resident.household_id)
    )
    rows = session.execute(with_guardian(statement).where(one_of(CheckIn.id, ids), CheckIn.step_at <= now)).all()
    asked = _asked(session, {row.id for row in rows if row.awaited})
    plans = {plan.id: plan for plan in session.scalars(select(Plan).where(one_of(Plan.id, {row.plan_id for row in rows})))}
    zones = {zone.id: zone for zone in session.scalars(select(Zone).where(one_of(Zone.id, {row.zone_id for row in rows})))}
    province = in_force(session, now)
    quiet = {key: _quiet(plans[key[0]], zones[key[1]], province) for key in {(row.plan_id, row.zone_id) for row in rows}}
    rungs_by_plan = {plan.id: rungs_of(plan.channels, plan.ladder, plan.window_minutes) for plan in plans.values()}
    windows = {plan.id: timedelta(minutes=plan.window_minutes) for plan in plans.values()}
    return [
        _DueStep(
            check_in_id=row.id,
            resident_id=row.resident_id,
            zone_id=row.zone_id,
            step=row.step,
            awaited=bool(row.awaited),
            # A late delivery moves the window, and the ladder with it.
            opened_at=row.due_at - windows[row.plan_id] if row.due_at else row.opened_at,
            rungs=rungs_by_plan[row.plan_id],
            quiet=quiet[row.plan_id, row.zone_id],
            asked=tuple(asked.get(row.id, ())),
            other_phone=bool(row.number and row.household and row.number != row.household),
        )
        for row in rows
    ]


def _quiet(plan: Plan, zone: Zone, province: Span) -> Quiet | None:
    """None where it cannot be read: messages that are queued then are still held back where they leave."""
    try:
        return Quiet.parse(plan.quiet_from, plan.quiet_to, zone.timezone, floor_of(zone, province))
    except (ValueError, ZoneInfoNotFoundError):
        return None


def _asked(session: Session, ids: Collection[int]) -> dict[int, list[Asked]]:
    rows = session.execute(
        select(Prompt.check_in_id, Prompt.kind, Prompt.channel, Prompt.delivered_at, Prompt.state)
        .where(one_of(Prompt.check_in_id, ids), Prompt.kind.not_in(REPLIES))
        .order_by(Prompt.id)
    )
    asked: dict[int, list[Asked]] = defaultdict(list)
    for row in rows:
        uncertain = row.state == PromptState.UNCERTAIN
        asked[row.check_in_id].append(Asked(row.kind, row.channel, row.delivered_at is not None, uncertain))
    return asked


def _take(session: Session, step: int, climbed: Climbed, dues: Sequence[_DueStep], now: datetime) -> int:
    """Note a step that many take alike, and queue its prompts for those whom nobody else moved."""
    moved = set(
        changed_values(
            session,
            update(CheckIn)
            .where(one_of(CheckIn.id, [due.check_in_id for due in dues]), CheckIn.step == step, CheckIn.step_at <= now)
            .values(step=climbed.step, step_at=climbed.next_at)
            .returning(CheckIn.id),
        )
    )
    if climbed.kind is None or not moved:
        return 0
    # The quiet hours are kept where messages leave.
    prompts = [
        {
            "check_in_id": due.check_in_id,
            "resident_id": due.resident_id,
            "zone_id": due.zone_id,
            "kind": climbed.kind,
            "channel": climbed.channel,
            "reference": secrets.token_hex(16),
            "created_at": now,
            "next_attempt_at": now,
        }
        for due in dues
        if due.check_in_id in moved
    ]
    session.execute(insert(Prompt), prompts)
    defer(session, SEND_PROMPTS, len(prompts))
    return len(prompts)


def asking(session: Session, prompt_ids: Collection[int]) -> list[int]:
    """The check-ins of those of these prompts that ask something: what becomes of a reply moves none."""
    return list(
        session.scalars(
            select(Prompt.check_in_id).where(one_of(Prompt.id, prompt_ids), Prompt.kind.not_in(REPLIES)).order_by(Prompt.id)
        )
    )


def bring_forward(session: Session, check_in_ids: Collection[int], now: datetime) -> None:
    """A message failed for good: where another channel follows, it follows at once."""
    if not check_in_ids:
        return
    rows = session.execute(
        select(CheckIn.id, CheckIn.step, Plan.channels, Plan.ladder, Plan.window_minutes)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Plan, Plan.id == RollCall.plan_id)
        .where(one_of(CheckIn.id, check_in_ids), CheckIn.step_at > now)
    )
    ids = [row.id for row in rows if awaits_delivery(rungs_of(row.channels, row.ladder, row.window_minutes), row.step)]
    if ids:
        changed(session, update(CheckIn).where(one_of(CheckIn.id, ids)).values(step_at=now))
