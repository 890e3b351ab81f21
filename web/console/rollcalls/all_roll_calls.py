"""Roll-calls of all zones: each with its newest rounds and the way to its schedules. It counts nothing: what grows is counted elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from flask import Blueprint, render_template, request
from sqlalchemy import func, select, union_all
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.rounds import RollCall, RollCallState
from monitor.places.quiet_floor import in_force, quiet_until
from web.console.zones_of_reader import zones_of
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

# Zones on a page, and rounds of each.
PAGE, NEWEST = 24, 3


@dataclass(frozen=True)
class Listed:
    """A round by the schedule that opened it."""

    id: int
    plan: str
    opens_at: datetime
    closes_at: datetime
    open: bool


@dataclass
class ZoneRounds:
    """A zone, its newest rounds, and how many schedules ask there."""

    zone: Zone
    rounds: list[Listed] = field(default_factory=list)
    plans: int = 0
    quiet_until: time | None = None
    """On the zone's wall clock, while its quiet hours last."""


def newest_rounds(session: Session, zones: Sequence[Zone]) -> list[ZoneRounds]:
    """Each zone with its newest rounds: two statements, which read so many rows of an index however many rounds there were."""
    found = {zone.id: ZoneRounds(zone) for zone in zones}
    if not found:
        return []
    newest = [
        select(
            select(RollCall.id)
            .where(RollCall.zone_id == zone_id)
            .order_by(RollCall.opens_at.desc(), RollCall.id.desc())
            .limit(NEWEST)
            .subquery()
            .c.id
        )
        for zone_id in found
    ]
    rounds = session.execute(
        select(RollCall, Plan.name)
        .join(Plan, Plan.id == RollCall.plan_id)
        .where(RollCall.id.in_(union_all(*newest)))
        .order_by(RollCall.opens_at.desc(), RollCall.id.desc())
    )
    for call, plan in rounds:
        is_open = call.state is RollCallState.OPEN
        found[call.zone_id].rounds.append(Listed(call.id, plan, call.opens_at, call.closes_at, is_open))
    asking = select(Plan.zone_id, func.count()).where(Plan.zone_id.in_(found), Plan.active).group_by(Plan.zone_id)
    for zone_id, number in session.execute(asking):
        found[zone_id].plans = number
    return list(found.values())


pages = Blueprint("roll_calls", __name__)


@pages.get("/roll-calls")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def listed() -> str:
    after = request.args.get("after", 0, type=int)
    with parts().database.read() as session:
        zones = [zone for zone in zones_of(session, the_reader()) if zone.closed_at is None]
        start = next((place + 1 for place, zone in enumerate(zones) if zone.id == after), 0)
        shown = newest_rounds(session, zones[start : start + PAGE])
        province = in_force(session, now())
    for each in shown:
        each.quiet_until = quiet_until(each.zone, province, now())
    following = zones[start + PAGE - 1].id if len(zones) > start + PAGE else None
    return render_template("console/rollcalls/all_roll_calls.html", zones=shown, following=following, first=not start)
