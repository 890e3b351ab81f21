"""What messages cost, by day, zone, plan and channel: those that left, at the price noted then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from monitor.models import CheckIn, Plan, Prompt, RollCall, Zone

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
    starts = [datetime.combine(each, time(), timezone) for each in shown]
    end = datetime.combine(last + timedelta(days=1), time(), timezone)
    day = case(*((Prompt.sent_at >= start, number) for number, start in enumerate(starts)), else_=-1)
    rows = session.execute(
        select(
            Zone.name,
            Plan.name.label("plan"),
            Prompt.channel,
            day.label("day"),
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
            Prompt.sent_at >= starts[-1],
            Prompt.sent_at < end,
        )
        .group_by(Zone.name, Plan.name, Prompt.channel, "day")
    )
    found = Costs(days={each: Sum() for each in shown})
    for row in rows:
        counted = (row.messages, int(row.parts), int(row.cost))
        sums = (found.total, found.days[shown[row.day]], found.zones[row.name], found.plans[row.name, row.plan])
        for each in (*sums, found.channels[row.channel]):
            each.add(*counted)
    return found
