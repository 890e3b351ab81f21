"""Closes windows: decides in batches about check-ins whose time is over, and ends rounds that await nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, case, cast, func, or_, select, type_coerce, update
from sqlalchemy.orm import Session

from monitor.bulk import one_of
from monitor.changes import announce
from monitor.database import Database, UtcDateTime
from monitor.many_incidents import open_about_residents
from monitor.models import (
    CheckIn,
    CheckInState,
    Exemption,
    IncidentKind,
    Observation,
    ObservationKind,
    Plan,
    Prompt,
    PromptStop,
    Resident,
    RollCall,
    RollCallState,
    ServiceOutage,
    Zone,
)
from monitor.models.rollcalls import REPLIES
from monitor.words import N_
from rollcall.checkin import AWAITED, Step, Window, close
from rollcall.leaving import excuse_gone
from rollcall.steps import CONNECTIONS, chunks, take_steps
from rollcall.welfare import first_in_line, missed_in_a_row

MOST_AT_ONCE = 100_000
# Check-ins of one transaction. PostgreSQL locks only these rows, and works on several connections at once; of what it asks about the
# people of a batch, some reads everybody, so its batches are few.
BATCH, BATCH_POSTGRESQL = 5_000, 25_000


@dataclass(frozen=True)
class _Due:
    """Check-ins whose windows are alike. people: pairs of check-in and resident."""

    window: Window
    visit_due_at: datetime
    people: list[tuple[int, int]]


@dataclass(frozen=True)
class _Closed:
    """taken: the check-ins among them that were ours to close."""

    state: CheckInState
    due: _Due
    taken: Collection[int]


def close_due(database: Database, now: datetime) -> int:
    """Decide about each check-in whose window is over and close rounds that await nobody; returns how many it decided."""
    closed = 0
    at_once, batch = (1, BATCH) if database.is_sqlite else (CONNECTIONS, BATCH_POSTGRESQL)
    while True:
        with database.read() as session:
            of_zones = _due_by_zone(session, now)
        found = sum(map(len, of_zones))
        if not found:
            break
        parts = _shared_out(of_zones, at_once if found > BATCH else 1)
        with ThreadPoolExecutor(len(parts)) as pool:
            moved = sum(pool.map(lambda part: sum(_close(database, ids, now) for ids in chunks(part, batch)), parts))
        closed += moved
        # Fewer than asked for: the rest came since. None: another ticker was quicker, and the next tick sees what is left.
        if found < MOST_AT_ONCE or not moved:
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
    for each in due:
        step = close(each.window)
        steps.setdefault(repr(step), (step, []))[1].append(each)
    with database.write() as session:
        moved = excuse_gone(session, ids, now, with_group=False)  # who shares a phone is due as well
        closing: list[_Closed] = []
        for step, all_of_it in steps.values():
            asked_of = [check_in_id for each in all_of_it for check_in_id, _ in each.people]
            taken = take_steps(session, asked_of, step, now=now, frm=AWAITED, due_before=now)
            closing += [_Closed(step.state, each, taken) for each in all_of_it]
            moved += len(taken)
        _ask_staff(session, closing, now)
    return moved


def _gather(session: Session, ids: Sequence[int], now: datetime) -> list[_Due]:
    """What is known of the check-ins that are due: one question, and one row for all whose windows are alike to the minute."""
    overlaps = {
        table: (begins < CheckIn.due_at, or_(ends.is_(None), ends > CheckIn.opened_at))
        for table, begins, ends in (
            (Exemption, Exemption.starts_at, Exemption.ends_at),
            (ServiceOutage, ServiceOutage.started_at, ServiceOutage.ended_at),
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
    told = (
        Prompt.check_in_id == func.coalesce(CheckIn.lead_id, CheckIn.id),
        Prompt.sent_at.is_not(None),
        Prompt.kind.not_in(REPLIES),
    )
    minute = _minutes(session)
    each = (
        select(
            CheckIn.id,
            CheckIn.resident_id,
            CheckIn.opened_at,
            minute(CheckIn.due_at).label("due_at"),
            Zone.timezone,
            Plan.camera_excuses,
            Plan.visit_after_minutes,
            exemption.scalar_subquery().label("exemption"),
            select(func.min(ServiceOutage.started_at)).where(*overlaps[ServiceOutage]).scalar_subquery().label("outage_at"),
            stop.scalar_subquery().label("stopped_at"),
            minute(case((Plan.camera_excuses, seen.scalar_subquery()))).label("seen_at"),
            minute(select(func.min(Prompt.delivered_at)).where(*told).scalar_subquery()).label("delivered_at"),
            minute(select(func.min(Prompt.sent_at)).where(*told).scalar_subquery()).label("sent_at"),
        )
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Plan, Plan.id == RollCall.plan_id)
        .join(Zone, Zone.id == CheckIn.zone_id)
        .join(Resident, Resident.id == CheckIn.resident_id)
        .where(one_of(CheckIn.id, ids), CheckIn.due_at <= now)
        .subquery()
    )
    alike = [column for column in each.c if column.name not in ("id", "resident_id")]
    pair = cast(each.c.id, String) + ":" + cast(each.c.resident_id, String)
    groups = session.execute(select(*alike, func.aggregate_strings(pair, ",").label("people")).group_by(*alike)).all()
    return [_due(row, now) for row in groups]


def _minutes(session: Session) -> Any:
    """What makes a moment the beginning of its minute: what is told of windows is told to the minute."""
    sqlite = session.get_bind().dialect.name == "sqlite"

    def minute(moment: ColumnElement[Any]) -> ColumnElement[Any]:
        begun = func.strftime("%Y-%m-%d %H:%M", moment) if sqlite else func.date_trunc("minute", moment)
        return type_coerce(begun, UtcDateTime)

    return minute


def _due(row: Any, now: datetime) -> _Due:
    window = Window(
        opened_at=row.opened_at,
        due_at=row.due_at,
        timezone=row.timezone,
        exemption=row.exemption,
        outage_at=row.outage_at,
        stopped_at=row.stopped_at,
        seen_at=min(row.seen_at, row.due_at) if row.seen_at else None,
        camera_excuses=row.camera_excuses,
        delivered_at=row.delivered_at,
        sent_at=row.sent_at,
    )
    people = [(int(check_in), int(resident)) for check_in, resident in (pair.split(":") for pair in row.people.split(","))]
    return _Due(window, max(row.opened_at + timedelta(minutes=row.visit_after_minutes), now), people)


_MISSED = N_("%(name)s did not answer the roll-call, though the message arrived. Please ask how they are.")
_MISSED_AGAIN = N_("%(name)s has not answered three roll-calls in a row, though the messages arrived. Please see to them now.")
_PHONE_OFF = N_(
    "The phone of %(name)s confirmed no message: it may be off or without signal. Please call; it is not held against them."
)
_NOT_SENT = N_("No message could be sent to %(name)s. Please call or visit; it is not held against them.")


def _ask_staff(session: Session, closed: Sequence[_Closed], now: datetime) -> None:
    """Put a question of welfare to staff, for each whose window closed without an answer or an excuse."""
    asked = [
        (each.state, each.due, check_in_id, resident_id)
        for each in closed
        if each.state in (CheckInState.MISSED, CheckInState.UNREACHED)
        for check_in_id, resident_id in each.due.people
        if check_in_id in each.taken
    ]
    if not asked:
        return
    again = missed_in_a_row(session, [resident for state, _, _, resident in asked if state == CheckInState.MISSED])
    first = first_in_line(session, [resident for *_, resident in asked], now)
    # One statement for all of whom the same is to be written.
    alike: dict[tuple[IncidentKind, str, datetime, bool], list[int]] = defaultdict(list)
    for state, due, check_in_id, resident in asked:
        if state == CheckInState.UNREACHED:
            kind, template = IncidentKind.UNREACHED, _PHONE_OFF if due.window.sent_at else _NOT_SENT
        elif resident in again:
            kind, template = IncidentKind.MISSED_REPEATEDLY, _MISSED_AGAIN
        else:
            kind, template = IncidentKind.MISSED, _MISSED
        alike[kind, template, due.visit_due_at, resident in first].append(check_in_id)
    for (kind, template, visit_due_at, in_line), ids in alike.items():
        open_about_residents(session, kind, template, ids, now=now, visit_due_at=visit_due_at, first_in_line=in_line)


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
