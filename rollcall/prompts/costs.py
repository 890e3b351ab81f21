"""What messages cost, by day, zone, plan and channel: those that left, at the price noted then; from the tally of full hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.database.tallies import OF_MESSAGES
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan


@dataclass
class Sum:
    """Of messages that left. cost: in đồng."""

    messages: int = 0
    parts: int = 0
    cost: int = 0

    def add(self, messages: int, parts: int, cost: int) -> None:
        """Count more."""
        self.messages += messages
        self.parts += parts
        self.cost += cost


@dataclass
class Costs:
    """Sums by each of four things, and all of them. plans: by the names of zone and plan."""

    total: Sum = field(default_factory=Sum)
    days: dict[date, Sum] = field(default_factory=dict)
    zones: dict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))
    plans: dict[tuple[str, str], Sum] = field(default_factory=lambda: defaultdict(Sum))
    channels: dict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))


def costs_of(session: Session, zones: Collection[int], last: date, days: int, timezone: ZoneInfo) -> Costs:
    """The last days up to and with `last`, newest first, by the wall clock of `timezone`."""
    shown = [last - timedelta(days=number) for number in range(days)]
    starts = [datetime.combine(day, time(), timezone) for day in shown]
    end = datetime.combine(last + timedelta(days=1), time(), timezone)
    tally = OF_MESSAGES.c
    number_of_day = case(*((tally.hour >= start, number) for number, start in enumerate(starts)), else_=-1)
    rows = session.execute(
        select(
            Zone.name,
            Plan.name.label("plan"),
            tally.channel,
            number_of_day.label("day"),
            func.sum(tally.messages).label("messages"),
            func.sum(tally.parts).label("parts"),
            func.sum(tally.cost).label("cost"),
        )
        # Of what has not left no schedule is told.
        .join(Plan, Plan.id == tally.plan_id)
        .join(Zone, Zone.id == tally.zone_id)
        .where(one_of(tally.zone_id, zones), tally.hour >= starts[-1], tally.hour < end)
        .group_by(Zone.name, Plan.name, tally.channel, "day")
        .having(func.sum(tally.messages) > 0)
    )
    costs = Costs(days={day: Sum() for day in shown})
    for row in rows:
        counted = (int(row.messages), int(row.parts), int(row.cost))
        sums = (costs.total, costs.days[shown[row.day]], costs.zones[row.name], costs.plans[row.name, row.plan])
        for one in (*sums, costs.channels[row.channel]):
            one.add(*counted)
    return costs
