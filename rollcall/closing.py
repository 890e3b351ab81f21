"""Closes windows: decides in batches about check-ins whose time is over, and ends rounds that await nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from monitor.bulk import one_of
from monitor.changes import announce
from monitor.database import Database
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
from rollcall.steps import take_steps
from rollcall.welfare import first_in_line, missed_in_a_row

BATCH = 5000


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
    while True:
        with database.read() as session:
            ids = list(session.scalars(select(CheckIn.id).where(CheckIn.due_at <= now).order_by(CheckIn.due_at).limit(BATCH)))
            due = _gather(session, ids, now) if ids else []
        if not ids:
            break
        # Most have the same reason to the minute: one statement for each reason, not for each person.
        steps: dict[str, tuple[Step, list[_Due]]] = {}
        for each in due:
            step = close(each.window)
            steps.setdefault(repr(step), (step, []))[1].append(each)
        with database.write() as session:
            moved = excuse_gone(session, ids, now)
            closing: list[_Closed] = []
            for step, all_of_it in steps.values():
                asked_of = [check_in_id for each in all_of_it for check_in_id, _ in each.people]
                taken = take_steps(session, asked_of, step, now=now, frm=AWAITED, due_before=now)
                closing += [_Closed(step.state, each, taken) for each in all_of_it]
                moved += len(taken)
            _ask_staff(session, closing, now)
        closed += moved
        # Fewer than asked for: the rest came since. None: another ticker was quicker, and the next tick sees what is left.
        if len(ids) < BATCH or not moved:
            break
    _close_rounds(database, now)
    return closed


def _gather(session: Session, ids: Sequence[int], now: datetime) -> list[_Due]:
    """What is known of the check-ins that are due, in a handful of questions for all of them."""
    # The connection's rows: the session would look through each for objects, and there are none.
    connection = session.connection()
    rows = connection.execute(
        select(
            CheckIn.id,
            CheckIn.zone_id,
            CheckIn.opened_at,
            CheckIn.due_at,
            CheckIn.resident_id,
            Resident.room_id,
            func.coalesce(CheckIn.lead_id, CheckIn.id).label("asked_with"),
            RollCall.plan_id,
            Plan.camera_excuses,
            Plan.visit_after_minutes,
            Zone.timezone,
        )
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Plan, Plan.id == RollCall.plan_id)
        .join(Zone, Zone.id == CheckIn.zone_id)
        .join(Resident, Resident.id == CheckIn.resident_id)
        .where(one_of(CheckIn.id, ids), CheckIn.due_at <= now)
    ).all()
    if not rows:
        return []
    first, last = min(row.opened_at for row in rows), max(row.due_at for row in rows)
    people = [row.resident_id for row in rows]
    exemptions = _by_person(
        connection.execute(
            select(Exemption.resident_id, Exemption.starts_at, Exemption.ends_at, Exemption.reason)
            .where(one_of(Exemption.resident_id, people), Exemption.starts_at < last, Exemption.ends_at > first)
            .order_by(Exemption.starts_at)
        )
    )
    outages = session.execute(
        select(ServiceOutage.started_at.label("starts_at"), ServiceOutage.ended_at.label("ends_at"))
        .where(ServiceOutage.started_at < last, ServiceOutage.ended_at > first)
        .order_by(ServiceOutage.started_at)
    ).all()
    stops = session.execute(
        select(
            PromptStop.zone_id,
            PromptStop.stopped_at.label("starts_at"),
            func.coalesce(PromptStop.ended_at, last).label("ends_at"),
        )
        .where(PromptStop.stopped_at < last, or_(PromptStop.ended_at.is_(None), PromptStop.ended_at > first))
        .order_by(PromptStop.stopped_at)
    ).all()
    excusing = [row.resident_id for row in rows if row.camera_excuses]
    seen = _by_person(
        connection.execute(
            select(Observation.resident_id, Observation.room_id, Observation.started_at, Observation.last_at).where(
                one_of(Observation.resident_id, excusing),
                Observation.kind == ObservationKind.FACE,
                Observation.last_at >= first,
                Observation.started_at <= last,
            )
        )
    )
    prompts = connection.execute(
        select(
            Prompt.check_in_id,
            func.min(Prompt.delivered_at).label("delivered_at"),
            func.min(Prompt.sent_at).label("sent_at"),
        )
        .where(
            one_of(Prompt.check_in_id, {row.asked_with for row in rows}),
            Prompt.sent_at.is_not(None),
            Prompt.kind.not_in(REPLIES),
        )
        .group_by(Prompt.check_in_id)
    )
    told = {row.check_in_id: row for row in prompts}
    found: dict[tuple[Any, ...], _Due] = {}
    for row in rows:
        sent = told.get(row.asked_with)
        delivered_at, sent_at = (sent.delivered_at, sent.sent_at) if sent else (None, None)
        sightings = seen.get(row.resident_id)
        away = exemptions.get(row.resident_id)
        # Whatever a window and the visit after it depend on. Thousands have the same, and what is told of one holds for all.
        alike: tuple[Any, ...] = (row.opened_at, row.due_at, row.plan_id, row.zone_id, delivered_at, sent_at)
        if sightings or away:
            alike += (row.id,)
        known = found.get(alike)
        if known is None:
            window = _window(row, away or (), outages, stops, sightings or (), delivered_at, sent_at)
            visit_due_at = max(row.opened_at + timedelta(minutes=row.visit_after_minutes), now)
            known = found[alike] = _Due(window, visit_due_at, [])
        known.people.append((row.id, row.resident_id))
    return list(found.values())


def _window(
    row: Any,
    exemptions: Iterable[Any],
    outages: Iterable[Any],
    stops: Iterable[Any],
    sightings: Iterable[Any],
    delivered_at: datetime | None,
    sent_at: datetime | None,
) -> Window:
    opened, due = row.opened_at, row.due_at
    away = _first(exemptions, opened, due)
    down = _first(outages, opened, due)
    stop = _first([each for each in stops if each.zone_id in (None, row.zone_id)], opened, due)
    seen = [
        min(each.last_at, due)
        for each in sightings
        if each.room_id == row.room_id and each.last_at >= opened and each.started_at <= due
    ]
    return Window(
        opened_at=opened,
        due_at=due,
        timezone=row.timezone,
        exemption=away.reason if away else None,
        outage_at=down.starts_at if down else None,
        stopped_at=stop.starts_at if stop else None,
        seen_at=max(seen, default=None),
        camera_excuses=row.camera_excuses,
        delivered_at=delivered_at,
        sent_at=sent_at,
    )


def _by_person(rows: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        found[row.resident_id].append(row)
    return found


def _first(rows: Iterable[Any], opened: datetime, due: datetime) -> Any:
    """The first time span that overlaps a window."""
    return next((row for row in rows if row.starts_at < due and row.ends_at > opened), None)


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
