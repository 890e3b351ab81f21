"""What of rounds is put right when the service goes over to another time: nobody misses anything by a clock that was wrong."""

from __future__ import annotations

import logging
from datetime import datetime
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.clock import local_clock
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan, PlanKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInChange, CheckInState
from monitor.models.service import ClockJump
from monitor.places.quiet_floor import in_force
from monitor.timekeeping.decisions import SMALL
from monitor.words import N_, words
from rollcall.checkins.checkin import BY_CLOCK, Step
from rollcall.checkins.steps import chunks, set_right_by_clock
from rollcall.plans.schedule import next_round
from rollcall.rounds.opening import quiet_of, schedule_of

log = logging.getLogger(__name__)


def excuse_in_doubt(session: Session, jump: ClockJump, now: datetime) -> int:
    """Excuse whoever was counted as missed or not reached while the time was wrong, in the caller's write transaction.

    They may have been asked in the night. Staff go on asking after them: their questions stay. Returns how many.
    """
    if abs(jump.seconds) <= SMALL.total_seconds():
        return 0
    table = CheckInChange.__tablename__
    since = jump.written_from.get(table, 0)
    closed = (
        select(CheckIn.id, Zone.timezone)
        .join(CheckInChange, CheckInChange.check_in_id == CheckIn.id)
        .join(Zone, Zone.id == CheckIn.zone_id)
        .where(CheckInChange.id > since, CheckIn.state.in_(tuple(BY_CLOCK)))
        .distinct()
    )
    by_timezone: dict[str, list[int]] = {}
    for row in session.execute(closed):
        by_timezone.setdefault(row.timezone, []).append(row.id)
    excused = 0
    for timezone, ids in by_timezone.items():
        reason = words(
            N_("The clock of our service was wrong at %(time)s. This does not count against you."),
            time=local_clock(jump.noticed_at, timezone),
        )
        step = Step(CheckInState.EXCUSED, (reason,))
        excused += sum(len(set_right_by_clock(session, some, step, now=now)) for some in chunks(ids))
    return excused


def plan_anew(session: Session, now: datetime) -> None:
    """Let rounds of an hour of the day open at that hour by the time that holds now, in the caller's write transaction."""
    rows = session.execute(
        select(Plan, Zone)
        .join(Zone, Zone.id == Plan.zone_id)
        .where(Plan.active, Plan.kind != PlanKind.EVERY, Plan.next_round_at.is_not(None))
    )
    province = in_force(session, now)
    for row in rows:
        try:
            row.Plan.next_round_at = next_round(schedule_of(row.Plan, quiet_of(row.Plan, row.Zone, province)), now)
        except (ValueError, ZoneInfoNotFoundError):
            log.warning("plan %s cannot be read: its quiet hours or its zone's time zone", row.Plan.id)
