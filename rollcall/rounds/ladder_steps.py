"""Takes the steps of the ladder that are due: a tick that may run twice, late, or on several machines, and takes each once."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, and_, exists, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from monitor.bulk import one_of
from monitor.database import Database
from monitor.models import CheckIn, Household, Plan, Prompt, PromptKind, PromptState, Resident, RollCall, Zone
from monitor.models.rollcalls import REPLIES
from rollcall.checkin import AWAITED
from rollcall.guardians import NUMBER, with_guardian
from rollcall.jobs import SEND_PROMPTS, defer
from rollcall.ladder import Asked, Climbed, Rung, awaits_delivery, climb, rungs
from rollcall.leaving import excuse_gone
from rollcall.plan import Quiet

BATCH = 5000


def rungs_of(channels: Sequence[Any], ladder: Sequence[Any], window_minutes: float) -> tuple[Rung, ...]:
    """A plan's steps, from its columns."""
    return rungs(channels, ladder, timedelta(minutes=window_minutes))


def awaits_anybody() -> ColumnElement[bool]:
    """A condition on CheckIn: it, or somebody who answers with the same phone, is still awaited."""
    other = aliased(CheckIn)
    sharing = exists().where(other.lead_id == CheckIn.id, other.state.in_(AWAITED))
    return or_(CheckIn.state.in_(AWAITED), and_(CheckIn.lead_id.is_not(None), sharing))


@lru_cache
def _quiet(start: str, end: str, timezone: str) -> Quiet | None:
    """None where it cannot be read: messages that are queued then are still held back where they leave."""
    try:
        return Quiet.parse(start, end, timezone)
    except (ValueError, ZoneInfoNotFoundError):
        return None


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
            due = _due(session, ids, now)
            # Whoever answered meanwhile is not asked again, and never looked at again.
            awaited = {row.id for row in due if row.awaited}
            asked = _asked(session, awaited)
            climbed: dict[tuple[int, Climbed], list[Any]] = defaultdict(list)
            for row in due:
                if row.id not in awaited:
                    climbed[row.step, Climbed(row.step, None)].append(row)
                    continue
                every = rungs_of(row.channels, row.ladder, row.window_minutes)
                quiet = _quiet(row.quiet_from, row.quiet_to, row.timezone)
                if quiet is not None and quiet.covers(now):
                    # What is queued in the night leaves in the morning, all at once: the ladder waits too, and counts from there.
                    pause = every[row.step].after if row.step < len(every) else timedelta(0)
                    climbed[row.step, Climbed(row.step, quiet.after(now) + pause)].append(row)
                    continue
                opened = row.due_at - timedelta(minutes=row.window_minutes) if row.due_at else row.opened_at
                result = climb(
                    every,
                    row.step,
                    opened,
                    now,
                    asked[row.id],
                    available=available,
                    other_phone=bool(row.number and row.household_phone and row.number != row.household_phone),
                )
                climbed[row.step, result].append(row)
            for (step, result), rows in climbed.items():
                queued += _take(session, step, result, rows, now)


def _due(session: Session, ids: Sequence[int], now: datetime) -> Sequence[Any]:
    statement = (
        select(
            CheckIn.id,
            CheckIn.resident_id,
            CheckIn.zone_id,
            CheckIn.step,
            CheckIn.opened_at,
            CheckIn.due_at,
            awaits_anybody().label("awaited"),
            Plan.channels,
            Plan.ladder,
            Plan.window_minutes,
            Plan.quiet_from,
            Plan.quiet_to,
            Zone.timezone,
            NUMBER.label("number"),
            Household.phone.label("household_phone"),
        )
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Plan, Plan.id == RollCall.plan_id)
        .join(Zone, Zone.id == CheckIn.zone_id)
        .join(Resident, Resident.id == CheckIn.resident_id)
        .outerjoin(Household, Household.id == Resident.household_id)
    )
    return session.execute(with_guardian(statement).where(one_of(CheckIn.id, ids), CheckIn.step_at <= now)).all()


def _asked(session: Session, ids: Collection[int]) -> dict[int, list[Asked]]:
    rows = session.execute(
        select(Prompt.check_in_id, Prompt.kind, Prompt.channel, Prompt.delivered_at, Prompt.state)
        .where(one_of(Prompt.check_in_id, ids), Prompt.kind.not_in(REPLIES))
        .order_by(Prompt.id)
    )
    found: dict[int, list[Asked]] = defaultdict(list)
    for row in rows:
        uncertain = row.state == PromptState.UNCERTAIN
        found[row.check_in_id].append(Asked(row.kind, row.channel, row.delivered_at is not None, uncertain))
    return found


def _take(session: Session, step: int, result: Climbed, rows: Sequence[Any], now: datetime) -> int:
    """Note a step that many take alike, and queue its prompts for those whom nobody else moved."""
    taken = set(
        session.scalars(
            update(CheckIn)
            .where(one_of(CheckIn.id, [row.id for row in rows]), CheckIn.step == step, CheckIn.step_at <= now)
            .values(step=result.step, step_at=result.next_at)
            .returning(CheckIn.id)
            .execution_options(synchronize_session=False)
        )
    )
    if result.kind is None or not taken:
        return 0
    # The quiet hours are kept where messages leave.
    prompts = [new_prompt(row, result.kind, result.channel, now) for row in rows if row.id in taken]
    session.execute(insert(Prompt), prompts)
    defer(session, SEND_PROMPTS, len(prompts))
    return len(prompts)


def new_prompt(row: Any, kind: PromptKind, channel: str, now: datetime) -> dict[str, object]:
    """A queued prompt's columns. row: id, resident_id and zone_id of its check-in."""
    return {
        "check_in_id": row.id,
        "resident_id": row.resident_id,
        "zone_id": row.zone_id,
        "kind": kind,
        "channel": channel,
        "reference": secrets.token_hex(16),
        "created_at": now,
        "next_attempt_at": now,
    }


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
        session.execute(
            update(CheckIn).where(one_of(CheckIn.id, ids)).values(step_at=now).execution_options(synchronize_session=False)
        )
