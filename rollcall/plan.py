"""When a plan's next round opens: a pure decision on local wall clocks, quiet hours respected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.models.rollcalls import PlanKind


@dataclass(frozen=True)
class Quiet:
    """Hours in which no prompt leaves, on the zone's wall clock; over midnight where start lies after end; none when equal."""

    start: time
    end: time
    timezone: ZoneInfo

    @classmethod
    def parse(cls, start: str, end: str, timezone: str) -> Quiet:
        """From "21:00" and "07:00"."""
        return cls(time.fromisoformat(start), time.fromisoformat(end), ZoneInfo(timezone))

    def covers(self, at: datetime) -> bool:
        """Whether a moment is quiet."""
        local = at.astimezone(self.timezone).time()
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end

    def after(self, at: datetime) -> datetime:
        """The moment itself, or the end of the quiet hours it lies in."""
        if not self.covers(at):
            return at
        local = at.astimezone(self.timezone)
        day = local.date() if local.time() < self.end else local.date() + timedelta(days=1)
        wall = datetime.combine(day, self.end, self.timezone)
        # An end in the hour that autumn repeats is its second one; in the hour that spring skips, the later reading is the awake one.
        return max(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


@dataclass(frozen=True)
class Schedule:
    """A plan's rule. times: local wall-clock times "08:00" (kind times); every: the pause (kind every)."""

    kind: PlanKind
    times: Sequence[str]
    every: timedelta | None
    quiet: Quiet


def next_round(schedule: Schedule, after: datetime) -> datetime | None:
    """The first moment later than `after` at which a round opens, in UTC; None when the plan names no time.

    Rounds that were due while nobody ticked are not made up for: a resident gets one prompt, not a pile.
    """
    if schedule.kind == PlanKind.EVERY:
        if schedule.every is None or schedule.every <= timedelta(0):
            return None
        return schedule.quiet.after(after + schedule.every)
    zone = schedule.quiet.timezone
    local = after.astimezone(zone)
    candidates = []
    # Two days ahead: in spring a time may not exist today, at night the next one is tomorrow's.
    for days in range(3):
        for each in schedule.times:
            wall = datetime.combine(local.date() + timedelta(days=days), time.fromisoformat(each), zone)
            at = schedule.quiet.after(wall.astimezone(UTC))
            if at > after:
                candidates.append(at)
    return min(candidates, default=None)
