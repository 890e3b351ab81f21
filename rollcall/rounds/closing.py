"""Closes windows: decides in batches about check-ins whose time is over, and ends rounds that await nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, ScalarSelect, String, case, cast, func, null, or_, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.database import Database
from monitor.database.expressions import minute_of
from monitor.database.many_rows import one_of
from monitor.database.statements import changed, changed_values
from monitor.models.cameras.cameras import Observation, ObservationKind
from monitor.models.people.residents import Exemption, Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import REPLIES, Prompt, PromptStop
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall, RollCallState
from monitor.models.service import OutagePart
from monitor.outages import Outage, outages_since
from rollcall.checkins.checkin import AWAITED, Step, Window, close
from rollcall.checkins.excusing import excuse_gone
from rollcall.checkins.our_faults import Asked, excusing
from rollcall.checkins.steps import CONNECTIONS, chunks, take_steps
from rollcall.rounds.asking_after import Closed, ask_staff

MOST_AT_ONCE = 100_000
# No check-in stays open for longer: the night holds a message back, and a late delivery moves its window.
LONGEST_OPEN = timedelta(days=3)
# Check-ins of one transaction. PostgreSQL locks only these rows, and works on several connections at once; of what it asks about the
# people of a batch, some reads everybody, so its batches are few.
BATCH, BATCH_POSTGRESQL = 5_000, 25_000


@dataclass(frozen=True)
class _Due:
    """Check-ins whose windows are alike. people: pairs of check-in and resident. outage: the fault of ours that excuses them."""

    window: Window
    visit_due_at: datetime
    people: list[tuple[int, int]]
    outage: Outage | None = None


def close_due(database: Database, now: datetime) -> int:
    """Decide about each check-in whose window is over and close rounds that await nobody; returns how many it decided."""
    closed = 0
    at_once = database.writers(CONNECTIONS)
    batch = BATCH if at_once == 1 else BATCH_POSTGRESQL
    while True:
        with database.read() as session:
            of_zones = _due_by_zone(session, now)
        due = sum(map(len, of_zones))
        if not due:
            break
        parts = _shared_out(of_zones, at_once if due > BATCH else 1)
        with ThreadPoolExecutor(len(parts)) as pool:
            moved = sum(pool.map(lambda part: sum(_close(database, ids, now) for ids in chunks(part, batch)), parts))
        closed += moved
        # Fewer than asked for: the rest came since. None: another ticker was quicker, and the next tick sees what is left.
        if due < MOST_AT_ONCE or not moved:
            break
    _close_rounds(database, now)
    return closed


def _due_by_zone(session: Session, now: datetime) -> list[list[int]]:
    """The check-ins that are due the longest, those of each zone in a list, which the database tells as one text."""
    due = (
        select(CheckIn.zone_id, CheckIn.id).where(CheckIn.due_at <= now).order_by(CheckIn.due_at).limit(MOST_AT_ONCE).subquery()
    )
    listed = select(func.aggregate_strings(cast(due.c.id, String), ",")).group_by(due.c.zone_id)
    return [sorted(map(int, text.split(","))) for text in session.scalars(listed)]


def _shared_out(of_zones: Sequence[list[int]], at_once: int) -> list[list[int]]:
    """Check-ins by whole zones, so that no two connections wait for each other's people."""
    parts: list[list[int]] = [[] for _ in range(at_once)]
    for of_zone in sorted(of_zones, key=len, reverse=True):
        min(parts, key=len).extend(of_zone)
    return [part for part in parts if part]


def _close(database: Database, ids: Sequence[int], now: datetime) -> int:
    with database.read() as session:
        due = _gather(session, ids, now)
    # Most have the same reason to the minute: one statement for each reason, not for each person.
    steps: dict[str, tuple[Step, list[_Due]]] = {}
    for group in due:
        step = close(group.window)
        steps.setdefault(repr(step), (step, []))[1].append(group)
    with database.write() as session:
        moved = excuse_gone(session, ids, now, with_group=False)  # who shares a phone is due as well
        closing: list[Closed] = []
        for step, groups in steps.values():
            check_ins = [check_in_id for group in groups for check_in_id, _ in group.people]
            ours = take_steps(session, check_ins, step, now=now, frm=AWAITED, due_before=now)
            closing += [_closed(step.state, group, ours) for group in groups]
            _note_faults(session, groups, ours)
            moved += len(ours)
        ask_staff(session, closing, now)
    return moved


def _closed(state: CheckInState, due: _Due, ours: Collection[int]) -> Closed:
    excused = due.outage is not None and state == CheckInState.EXCUSED
    return Closed(
        state=state,
        people=[pair for pair in due.people if pair[0] in ours],
        visit_due_at=due.visit_due_at,
        sent=due.window.sent_at is not None,
        without_fault=close(replace(due.window, outage_at=None)).state if excused else None,
    )


def _note_faults(session: Session, groups: Sequence[_Due], ours: Collection[int]) -> None:
    """Keep which fault excused whom: such a round neither counts in a row of misses nor breaks it."""
    of_outage: dict[int, list[int]] = defaultdict(list)
    for group in groups:
        if group.outage is not None:
            of_outage[group.outage.id] += [check_in_id for check_in_id, _ in group.people if check_in_id in ours]
    for outage_id, check_in_ids in of_outage.items():
        changed(session, update(CheckIn).where(one_of(CheckIn.id, check_in_ids)).values(outage_id=outage_id))


def _gather(session: Session, ids: Sequence[int], now: datetime) -> list[_Due]:
    """What is known of the check-ins that are due: one question, and one row for all whose windows are alike to the minute.

    What is told of windows is told to the minute.
    """
    overlaps = {
        table: (begins < CheckIn.due_at, or_(ends.is_(None), ends > CheckIn.opened_at))
        for table, begins, ends in (
            (Exemption, Exemption.starts_at, Exemption.ends_at),
            (PromptStop, PromptStop.stopped_at, PromptStop.ended_at),
        )
    }
    exemption = (
        select(Exemption.reason)
        .where(Exemption.resident_id == CheckIn.resident_id, *overlaps[Exemption])
        .order_by(Exemption.starts_at)
        .limit(1)
    )
    stop = select(func.min(PromptStop.stopped_at)).where(
        or_(PromptStop.zone_id.is_(None), PromptStop.zone_id == CheckIn.zone_id), *overlaps[PromptStop]
    )
    seen = select(func.max(Observation.last_at)).where(
        Observation.resident_id == CheckIn.resident_id,
        Observation.room_id == Resident.room_id,
        Observation.kind == ObservationKind.FACE,
        Observation.last_at >= CheckIn.opened_at,
        Observation.started_at <= CheckIn.due_at,
    )
    # Each person's own few rows, by their index: joined as a table of their own, PostgreSQL may compare everybody's with everybody's.
    message_left = (
        Prompt.check_in_id == func.coalesce(CheckIn.lead_id, CheckIn.id),
        Prompt.sent_at.is_not(None),
        Prompt.kind.not_in(REPLIES),
    )
    # Of most batches nothing of ours failed; then windows need not be told apart by the second, nor by zone.
    outages = _outages(session, ids, now)
    apart: Sequence[ColumnElement[Any]] = (minute_of(CheckIn.due_at), null(), null())
    if outages:
        apart = (CheckIn.due_at.expression, CheckIn.zone_id.expression, _waiting())
    windows = (
        select(
            CheckIn.id,
            CheckIn.resident_id,
            CheckIn.opened_at,
            *(column.label(name) for column, name in zip(apart, ("due_at", "zone_id", "waiting"), strict=True)),
            Zone.timezone,
            Plan.camera_excuses,
            Plan.visit_after_minutes,
            Plan.window_minutes,
            exemption.scalar_subquery().label("exemption"),
            stop.scalar_subquery().label("stopped_at"),
            minute_of(case((Plan.camera_excuses, seen.scalar_subquery()))).label("seen_at"),
            minute_of(select(func.min(Prompt.delivered_at)).where(*message_left).scalar_subquery()).label("delivered_at"),
            minute_of(select(func.min(Prompt.sent_at)).where(*message_left).scalar_subquery()).label("sent_at"),
        )
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Plan, Plan.id == RollCall.plan_id)
        .join(Zone, Zone.id == CheckIn.zone_id)
        .join(Resident, Resident.id == CheckIn.resident_id)
        .where(one_of(CheckIn.id, ids), CheckIn.due_at <= now)
        .subquery()
    )
    alike = [column for column in windows.c if column.name not in ("id", "resident_id")]
    pair = cast(windows.c.id, String) + ":" + cast(windows.c.resident_id, String)
    groups = session.execute(select(*alike, func.aggregate_strings(pair, ",").label("people")).group_by(*alike)).all()
    return [_due(row, outages, now) for row in groups]


def _due(row: Row[*tuple[Any, ...]], outages: Collection[Outage], now: datetime) -> _Due:
    outage = None
    if outages:
        asked = Asked(
            zone_id=row.zone_id,
            # A late delivery, or the end of the night, moved the whole time to answer.
            begins_at=max(row.opened_at, row.due_at - timedelta(minutes=row.window_minutes)),
            due_at=row.due_at,
            sent_at=row.sent_at,
            delivered_at=row.delivered_at,
            waiting=frozenset(filter(None, (row.waiting or "").split(","))),
        )
        outage = excusing(asked, outages)
    window = Window(
        opened_at=row.opened_at,
        due_at=row.due_at,
        timezone=row.timezone,
        exemption=row.exemption,
        outage_at=outage.started_at if outage else None,
        outage_part=outage.part if outage else OutagePart.SERVICE,
        stopped_at=row.stopped_at,
        seen_at=min(row.seen_at, row.due_at) if row.seen_at else None,
        camera_excuses=row.camera_excuses,
        delivered_at=row.delivered_at,
        sent_at=row.sent_at,
    )
    visit_due_at = max(row.opened_at + timedelta(minutes=row.visit_after_minutes), now)
    return _Due(window, visit_due_at, _pairs(row.people), outage if row.exemption is None else None)


def _outages(session: Session, ids: Sequence[int], now: datetime) -> list[Outage]:
    """What of ours failed while one of these check-ins was open."""
    lately = outages_since(session, now - LONGEST_OPEN, now)
    if not lately:
        return []
    opened = session.scalar(select(func.min(CheckIn.opened_at)).where(one_of(CheckIn.id, ids)))
    return [each for each in lately if opened is not None and each.ended_at > opened]


def _waiting() -> ScalarSelect[str]:
    """The channels over which a message of a check-in never left, as one text."""
    waits = (
        Prompt.check_in_id == func.coalesce(CheckIn.lead_id, CheckIn.id),
        Prompt.sent_at.is_(None),
        Prompt.kind.not_in(REPLIES),
    )
    return select(func.aggregate_strings(Prompt.channel, ",")).where(*waits).scalar_subquery()


def _pairs(listed: str) -> list[tuple[int, int]]:
    """Of check-in and resident, from "17:4,18:5"."""
    return [(int(check_in), int(resident)) for check_in, resident in (pair.split(":") for pair in listed.split(","))]


def _close_rounds(database: Database, now: datetime) -> None:
    awaited = select(CheckIn.id).where(CheckIn.roll_call_id == RollCall.id, CheckIn.state.in_(AWAITED)).exists()
    over = (RollCall.state == RollCallState.OPEN, RollCall.closes_at <= now, ~awaited)
    with database.read() as session:
        if session.scalar(select(RollCall.id).where(*over).limit(1)) is None:
            return
    with database.write() as session:
        ends = update(RollCall).where(*over).values(state=RollCallState.CLOSED, closed_at=now)
        for zone_id in changed_values(session, ends.returning(RollCall.zone_id)):
            announce(session, zone_id, Topic.ROLL_CALL, now)
