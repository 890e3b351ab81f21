"""Rounds with their check-ins counted by state: shared by the overview, the zone's page and that of a round."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import CompoundSelect, Select, func, select
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.database.tallies import OF_ROUNDS
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.rounds import CheckInState, RollCall, RollCallState

WAITING = (CheckInState.SCHEDULED, CheckInState.PROMPTED)
ANSWERED = (
    CheckInState.ANSWERED,
    CheckInState.VERIFIED,
    CheckInState.IN_REVIEW,
    CheckInState.ACCEPTED,
    CheckInState.REJECTED,
)


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
    def answered(self) -> int:
        """Those from whom something came, whatever was made of it."""
        return sum(self.counts.get(state, 0) for state in ANSWERED)

    def count(self, state: str) -> int:
        """How many are in a state, by its word."""
        return self.counts.get(CheckInState(state), 0)

    @property
    def settled(self) -> int:
        """Those that wait for nobody's answer any more."""
        return sum(count for state, count in self.counts.items() if state not in WAITING)


def rounds_of(session: Session, which: Select[int] | CompoundSelect[Any]) -> list[Round]:
    """Rounds with what became of them, the newest first: two statements, however many were asked."""
    rows = session.execute(
        select(RollCall, Zone.name, Zone.timezone, Plan.name)
        .join(Zone, Zone.id == RollCall.zone_id)
        .join(Plan, Plan.id == RollCall.plan_id)
        .where(RollCall.id.in_(which))
        .order_by(RollCall.opens_at.desc(), RollCall.id.desc())
    )
    found = {
        call.id: Round(
            call.id, call.zone_id, zone, timezone, plan, call.opens_at, call.closes_at, call.state is RollCallState.OPEN
        )
        for call, zone, timezone, plan in rows
    }
    for round_id, counts in states_of(session, found).items():
        found[round_id].counts = counts
    return list(found.values())


def states_of(session: Session, rounds: Collection[int]) -> dict[int, dict[CheckInState, int]]:
    """How many check-ins of each round are in each state, in the order of a check-in's life; from the tally."""
    tally = OF_ROUNDS.c
    rows = session.execute(
        select(tally.roll_call_id, tally.state, func.sum(tally.people))
        .where(one_of(tally.roll_call_id, rounds))
        .group_by(tally.roll_call_id, tally.state)
    )
    counted: dict[int, dict[CheckInState, int]] = {each: {} for each in rounds}
    for round_id, state, people in rows:
        if people:
            counted[round_id][CheckInState(state)] = int(people)
    return {each: {state: counts[state] for state in CheckInState if state in counts} for each, counts in counted.items()}


def newest_of(zones: Collection[int], most: int, *, closed: bool = False) -> Select[int]:
    """The newest rounds of these zones. closed: only those that are over."""
    query = select(RollCall.id).where(one_of(RollCall.zone_id, zones)).order_by(RollCall.opens_at.desc(), RollCall.id.desc())
    return (query.where(RollCall.state == RollCallState.CLOSED) if closed else query).limit(most)


def open_in(zones: Collection[int]) -> Select[int]:
    """The rounds of these zones that are open now."""
    return select(RollCall.id).where(RollCall.state == RollCallState.OPEN, one_of(RollCall.zone_id, zones))
