"""The hotline's alarms: what its clocks say is due is claimed once, and whoever it names is called, as to any alert.

Each look is one transaction and may run twice; a look that comes late tells everything that came due meanwhile.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, case, or_, select, update
from sqlalchemy.orm import Session

from monitor.database.database import Database, insert_or_update
from monitor.database.locks import Lock, only_one
from monitor.database.many_rows import insert_rows, one_of
from monitor.database.statements import changed_values
from monitor.hotline.clock import (
    WARNINGS,
    Clocks,
    Due,
    due_now,
    inner_alarms,
    law_alarms,
    next_look,
)
from monitor.hotline.units import leave_closed_accounts, leave_dissolved, left_behind, read_calendars
from monitor.hotline.waiting import law_runs, waits
from monitor.models.hotline import LAW_LIMIT, AlarmLevel, HotlineAlarm, HotlineTicket
from monitor.models.hotline_desk import HotlineWatch
from monitor.working_days import Holidays
from rollcall.hotline.calling import Raised, call_to
from rollcall.hotline.ending import close_answered, end_alerts

log = logging.getLogger(__name__)
MOST_AT_ONCE = 1000
WATCHED = "alarms"
NOTED_EVERY = timedelta(seconds=10)
"""That it was looked is noted this often while nothing is due."""
LAW_COLUMNS = {
    AlarmLevel.UNIT: HotlineTicket.warned_at,
    AlarmLevel.HEAD: HotlineTicket.head_warned_at,
    AlarmLevel.BREACH: HotlineTicket.breached_at,
}


@dataclass(frozen=True)
class DeskRules:
    """timezone: on whose wall clock calendars and quiet hours of staff are. group: within which warnings of one unit are one alert."""

    timezone: ZoneInfo
    holidays: Holidays
    group: timedelta = timedelta(minutes=10)


def tick_hotline(database: Database, now: datetime, rules: DeskRules) -> None:
    """One second's work on the hotline's clocks. What fails is told in the log and keeps nothing else from its turn."""
    ticks: tuple[Callable[[], object], ...] = (
        partial(leave_behind, database, now),
        partial(raise_due, database, now, rules),
        partial(end_alerts, database, now),
        partial(close_answered, database, now),
    )
    for tick in ticks:
        try:
            tick()
        except Exception:
            log.exception("a tick of the hotline failed and is repeated")


def leave_behind(database: Database, now: datetime) -> int:
    """Tickets of units that are dissolved, and of people who work here no more, get another owner; returns how many."""
    with database.read() as session:
        if not left_behind(session, now):
            return 0
    with database.write() as session:
        return leave_dissolved(session, now) + leave_closed_accounts(session, now)


def raise_due(database: Database, now: datetime, rules: DeskRules) -> int:
    """Tell all that is due, and note that it was looked; returns how many levels of how many tickets were told."""
    with database.read() as session:
        noted = session.scalar(select(HotlineWatch.ran_at).where(HotlineWatch.name == WATCHED))
        due = bool(_due_ids(session, now, 1))
    told = 0
    late = timedelta(0)
    while due:
        with database.write() as session:
            # One look at a time, on whatever machine: what one claimed the next finds claimed.
            only_one(session, Lock.ALERTING)
            rows = _due(session, now)
            raised = _raise(session, rows, now, rules) if rows else []
        told += len(raised)
        late = max([late, *(now - each.due_at for each in raised)])
        if len(rows) < MOST_AT_ONCE:
            break
    if told or noted is None or noted <= now - NOTED_EVERY:
        _note_look(database, now, late)
    return told


def _note_look(database: Database, now: datetime, late: timedelta) -> None:
    row = {"name": WATCHED, "ran_at": now, "late_s": int(late.total_seconds())}
    with database.write() as session:
        values = {"ran_at": now, "late_s": row["late_s"]}
        session.execute(
            insert_or_update(
                session, HotlineWatch, row, keys=[HotlineWatch.name], values=values, where=HotlineWatch.ran_at <= now
            )
        )


def _law_due(level: AlarmLevel, now: datetime) -> Any:
    """A condition: this level of the law's clock has come and was not told."""
    return and_(LAW_COLUMNS[level].is_(None), HotlineTicket.due_at <= now + (LAW_LIMIT - WARNINGS[level]))


def _due(session: Session, now: datetime) -> Sequence[HotlineTicket]:
    """Tickets with something due, which nobody else changes until this is done."""
    some = _due_ids(session, now, MOST_AT_ONCE)
    if not some:
        return []
    rows = select(HotlineTicket).where(one_of(HotlineTicket.id, some)).order_by(HotlineTicket.id)
    return session.scalars(rows.with_for_update(), execution_options={"populate_existing": True}).all()


def _due_ids(session: Session, now: datetime, most: int) -> list[int]:
    inner = select(HotlineTicket.id).where(HotlineTicket.next_alarm_at <= now)
    law = (select(HotlineTicket.id).where(law_runs(), _law_due(level, now)) for level in LAW_COLUMNS)
    found: set[int] = set()
    for query in (*law, inner):
        found.update(session.scalars(query.limit(most)))
    return sorted(found)[:most]


def _raise(session: Session, rows: Sequence[HotlineTicket], now: datetime, rules: DeskRules) -> list[Raised]:
    calendars = read_calendars(session, rules.holidays, rules.timezone.key)
    told = _told(session, [row.id for row in rows])
    owners = _owners(session, rows)
    law: dict[AlarmLevel, list[tuple[HotlineTicket, Due]]] = defaultdict(list)
    inner: list[tuple[HotlineTicket, Due]] = []
    looks: list[dict[str, Any]] = []
    for row in rows:
        clocks = clocks_of(row, told.get(row.id, frozenset()))
        for due in due_now(law_alarms(clocks), now):
            law[due.level].append((row, due))
        unit_id = owners.get(row.bundled_under_id or 0, row.unit_id)
        awaited = inner_alarms(clocks, calendars.desk, calendars.units.get(unit_id or 0))
        inner += [(row, due) for due in due_now(awaited, now)]
        looks.append({"ticket": row.id, "next": next_look(awaited, now)})
    _look_next(session, looks)
    claimed = [*_claim_law(session, law, now), *inner]
    alarms = [
        {"ticket_id": row.id, "level": due.level, "round": row.round, "due_at": due.at, "alert_id": None}
        for row, due in claimed
    ]
    insert_rows(session, HotlineAlarm, alarms, {"at": now})
    raised = [
        Raised(
            row.id, row.zone_id, owners.get(row.bundled_under_id or 0, row.unit_id), row.taken_by, due.level, row.round, due.at
        )
        for row, due in claimed
    ]
    call_to(session, raised, now, rules.timezone, rules.group)
    return raised


def clocks_of(row: HotlineTicket, told: frozenset[AlarmLevel]) -> Clocks:
    """A ticket as its clocks see it."""
    return Clocks(
        kind=row.kind,
        state=row.state,
        first_contact_at=row.first_contact_at,
        due_at=row.due_at,
        waiting_since=row.waiting_since,
        handed_over_at=row.handed_over_at,
        first_answered_at=row.first_answered_at,
        reopened_at=row.reopened_at,
        refusals=row.refusals,
        warned=row.warned_at is not None,
        head_warned=row.head_warned_at is not None,
        breached=row.breached_at is not None,
        bundled=row.bundled_under_id is not None,
        told=told,
    )


def _told(session: Session, tickets: Sequence[int]) -> dict[int, frozenset[AlarmLevel]]:
    """What was told of each ticket in its round."""
    rows = session.execute(
        select(HotlineAlarm.ticket_id, HotlineAlarm.level)
        .join(HotlineTicket, HotlineTicket.id == HotlineAlarm.ticket_id)
        .where(one_of(HotlineAlarm.ticket_id, tickets), HotlineAlarm.round == HotlineTicket.round)
    )
    found: dict[int, set[AlarmLevel]] = defaultdict(set)
    for ticket_id, level in rows:
        found[ticket_id].add(level)
    return {ticket_id: frozenset(levels) for ticket_id, levels in found.items()}


def _owners(session: Session, rows: Sequence[HotlineTicket]) -> Mapping[int, int | None]:
    """The unit of each ticket under which others stand."""
    above = {row.bundled_under_id for row in rows if row.bundled_under_id is not None}
    if not above:
        return {}
    found = select(HotlineTicket.id, HotlineTicket.unit_id).where(one_of(HotlineTicket.id, sorted(above)))
    return {row.id: row.unit_id for row in session.execute(found)}


def _look_next(session: Session, looks: Sequence[Mapping[str, Any]]) -> None:
    table = HotlineTicket.metadata.tables[HotlineTicket.__tablename__]
    set_next = update(table).where(table.c.id == bindparam("ticket")).values(next_alarm_at=bindparam("next"))
    session.connection().execute(set_next, list(looks))


def _claim_law(
    session: Session, law: Mapping[AlarmLevel, Sequence[tuple[HotlineTicket, Due]]], now: datetime
) -> list[tuple[HotlineTicket, Due]]:
    """Those of the law's levels that became ours by now."""
    ours: list[tuple[HotlineTicket, Due]] = []
    nobody = and_(HotlineTicket.unit_id.is_(None), HotlineTicket.taken_by.is_(None))
    for level, due in law.items():
        values: dict[str, Any] = {LAW_COLUMNS[level].key: now}
        if level is AlarmLevel.BREACH:
            values["breached_unassigned"] = case((nobody, True), else_=False)
        which = (one_of(HotlineTicket.id, [row.id for row, _due in due]), law_runs(), LAW_COLUMNS[level].is_(None))
        claimed = set(changed_values(session, update(HotlineTicket).where(*which).values(**values).returning(HotlineTicket.id)))
        ours += [(row, each) for row, each in due if row.id in claimed]
    return ours


def due_soon(session: Session, now: datetime) -> int:
    """Whether something is due that was not told, as a number for whoever watches that this job runs at all: 0 or 1."""
    anything = or_(
        and_(law_runs(), or_(*(_law_due(level, now) for level in LAW_COLUMNS))),
        and_(HotlineTicket.next_alarm_at <= now, waits()),
    )
    return int(session.scalar(select(HotlineTicket.id).where(anything).limit(1)) is not None)
