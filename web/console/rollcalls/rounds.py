"""Rounds with their check-ins counted by state: shared by the overview and the zone's page."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall, RollCallState

WAITING = (CheckInState.SCHEDULED, CheckInState.PROMPTED)


@dataclass
class Round:
    """A round and how many check-ins are in each state, in the order of a check-in's life."""

    id: int
    zone_id: int
    zone: str
    timezone: str
    plan: str
    opens_at: datetime
    closes_at: datetime
    open: bool
    counts: dict[CheckInState, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All check-ins."""
        return sum(self.counts.values())

    @property
    def settled(self) -> int:
        """Those that wait for nobody's answer any more."""
        return sum(count for state, count in self.counts.items() if state not in WAITING)


def _rounds(session: Session, which: Select[int]) -> list[Round]:
    chosen = which.subquery()
    rows = session.execute(
        select(RollCall, Zone.name, Zone.timezone, Plan.name, CheckIn.state, func.count(CheckIn.id))
        .join(chosen, chosen.c.id == RollCall.id)
        .join(Zone, Zone.id == RollCall.zone_id)
        .join(Plan, Plan.id == RollCall.plan_id)
        .outerjoin(CheckIn, CheckIn.roll_call_id == RollCall.id)
        .group_by(RollCall.id, Zone.name, Zone.timezone, Plan.name, CheckIn.state)
        .order_by(RollCall.opens_at.desc(), RollCall.id.desc())
    )
    found: dict[int, Round] = {}
    for call, zone, timezone, plan, state, count in rows:
        each = found.setdefault(
            call.id,
            Round(
                call.id,
                call.zone_id,
                zone,
                timezone,
                plan,
                call.opens_at,
                call.closes_at,
                call.state is RollCallState.OPEN,
            ),
        )
        if state is not None:
            each.counts[state] = count
    for each in found.values():
        each.counts = {state: each.counts[state] for state in CheckInState if state in each.counts}
    return list(found.values())


def open_rounds(session: Session, zones: Collection[int]) -> list[Round]:
    """Rounds that are open now in these zones."""
    return _rounds(session, select(RollCall.id).where(RollCall.state == RollCallState.OPEN, RollCall.zone_id.in_(zones)))


def recent_rounds(session: Session, zones: Collection[int], most: int) -> list[Round]:
    """The newest closed rounds of these zones."""
    return _rounds(
        session,
        select(RollCall.id)
        .where(RollCall.state == RollCallState.CLOSED, RollCall.zone_id.in_(zones))
        .order_by(RollCall.opens_at.desc(), RollCall.id.desc())
        .limit(most),
    )
