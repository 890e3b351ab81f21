"""What messages cost, by day, zone, plan and channel: those that left, at the price noted then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from monitor.models.places import Zone
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import Prompt
from monitor.models.rollcalls.rounds import CheckIn, RollCall
from rollcall.prompts.left import left_at

# A message may wait for the morning, or for a gateway, after it was made; the index is on when it was made.
WAITED_AT_MOST = timedelta(days=2)


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
    number_of_day = case(*((left_at() >= start, number) for number, start in enumerate(starts)), else_=-1)
    rows = session.execute(
        select(
            Zone.name,
            Plan.name.label("plan"),
            Prompt.channel,
            number_of_day.label("day"),
            func.count().label("messages"),
            func.sum(func.coalesce(Prompt.parts, 1)).label("parts"),
            func.sum(func.coalesce(Prompt.cost, 0)).label("cost"),
        )
        .join(CheckIn, CheckIn.id == Prompt.check_in_id)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Plan, Plan.id == RollCall.plan_id)
        .join(Zone, Zone.id == Prompt.zone_id)
        .where(
            Prompt.zone_id.in_(zones),
            Prompt.created_at >= starts[-1] - WAITED_AT_MOST,
            Prompt.created_at < end,
            left_at() >= starts[-1],
            left_at() < end,
        )
        .group_by(Zone.name, Plan.name, Prompt.channel, "day")
    )
    costs = Costs(days={day: Sum() for day in shown})
    for row in rows:
        counted = (row.messages, int(row.parts), int(row.cost))
        sums = (costs.total, costs.days[shown[row.day]], costs.zones[row.name], costs.plans[row.name, row.plan])
        for one in (*sums, costs.channels[row.channel]):
            one.add(*counted)
    return costs
