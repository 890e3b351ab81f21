"""When a plan's next round opens: a pure decision on local wall clocks, quiet hours respected."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.models.rollcalls.plans import PlanKind
from monitor.places.quiet_floor import Span

# A weekday comes back after seven days; and a time that spring skips, after one more.
DAYS_AHEAD = 9


@dataclass(frozen=True)
class Quiet:
    """Hours in which no prompt leaves, on the zone's wall clock; over midnight where start lies after end; none when equal.

    floor: hours that are quiet besides, whatever the plan says, of the province and the zone.
    """

    start: time
    end: time
    timezone: ZoneInfo
    floor: tuple[Span, ...] = ()

    @classmethod
    def parse(cls, start: str, end: str, timezone: str, floor: tuple[Span, ...] = ()) -> Quiet:
        """From "21:00" and "07:00"."""
        return cls(time.fromisoformat(start), time.fromisoformat(end), ZoneInfo(timezone), floor)

    def _covering(self, at: datetime) -> Span | None:
        local = at.astimezone(self.timezone).time()
        return next((span for span in (Span(self.start, self.end), *self.floor) if span.covers(local)), None)

    def covers(self, at: datetime) -> bool:
        """Whether a moment is quiet."""
        return self._covering(at) is not None

    def after(self, at: datetime) -> datetime:
        """The moment itself, or the end of the quiet hours it lies in, and of those that follow them without a pause.

        Where together they leave no time at all, the moment is as quiet as any.
        """
        for _ in range(2 * len(self.floor) + 2):
            span = self._covering(at)
            if span is None:
                break
            at = self._end_of(span, at)
        return at

    def _end_of(self, span: Span, at: datetime) -> datetime:
        local = at.astimezone(self.timezone)
        day = local.date() if local.time() < span.end else local.date() + timedelta(days=1)
        wall = datetime.combine(day, span.end, self.timezone)
        # An end in the hour that autumn repeats is its second one; in the hour that spring skips, the later reading is the awake one.
        return max(wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


@dataclass(frozen=True)
class Schedule:
    """A plan's rule.

    times: local wall-clock times "08:00" (kind times); every: the pause (kind every); spans: one round somewhere in each ("08:00",
    "11:00") (kind random), where the seed says; days: of the week, 0 for Monday, empty for all.
    """

    kind: PlanKind
    times: Sequence[str]
    every: timedelta | None
    quiet: Quiet
    spans: Sequence[Sequence[str]] = ()
    seed: str = ""
    days: Sequence[int] = ()


def next_round(schedule: Schedule, after: datetime) -> datetime | None:
    """The first moment later than `after` at which a round opens, in UTC; None when the plan names no time.

    Rounds that were due while nobody ticked are not made up for: a resident gets one prompt, not a pile.
    """
    if schedule.kind == PlanKind.EVERY:
        return _next_repeated(schedule, after)
    today = after.astimezone(schedule.quiet.timezone).date()
    # From yesterday: what quiet hours moved into today began there.
    for days in range(-1, DAYS_AHEAD):
        later = [each for each in _moments(schedule, today + timedelta(days=days)) if each > after]
        if later:
            return min(later)
    return None


def _next_repeated(schedule: Schedule, after: datetime) -> datetime | None:
    if schedule.every is None or schedule.every <= timedelta(0):
        return None
    at = schedule.quiet.after(after + schedule.every)
    for _ in range(DAYS_AHEAD):
        local = at.astimezone(schedule.quiet.timezone)
        if not schedule.days or local.weekday() in schedule.days:
            return at
        midnight = datetime.combine(local.date() + timedelta(days=1), time(0), schedule.quiet.timezone)
        at = schedule.quiet.after(midnight.astimezone(UTC))
    return None


def _moments(schedule: Schedule, day: date) -> list[datetime]:
    """The rounds of one local day."""
    if schedule.days and day.weekday() not in schedule.days:
        return []
    zone = schedule.quiet.timezone
    if schedule.kind == PlanKind.TIMES:
        walls = [datetime.combine(day, time.fromisoformat(each), zone).astimezone(UTC) for each in schedule.times]
    else:
        walls = []
        for number, (start, end) in enumerate(schedule.spans):
            begins, ends = (datetime.combine(day, time.fromisoformat(each), zone).astimezone(UTC) for each in (start, end))
            walls.append(begins + (ends - begins) * _fraction(schedule.seed, f"{day.isoformat()}/{number}"))
    return [schedule.quiet.after(each.replace(second=0, microsecond=0)) for each in walls]


def coming_rounds(schedule: Schedule, first: datetime | None, until: datetime, most: int = 500) -> Iterator[datetime]:
    """The rounds from `first` (the plan's next one) on, as they would open if nothing changed."""
    at = first
    for _ in range(most):
        if at is None or at >= until:
            return
        yield at
        at = next_round(schedule, at)


def chosen(seed: str, resident_id: int, percent: int) -> bool:
    """Whether a person is among the share of a new plan that is asked: the same people each time, and more as it grows."""
    return percent >= 100 or _fraction(seed, f"resident/{resident_id}") * 100 < percent


def _fraction(seed: str, about: str) -> float:
    """A number from 0 to below 1 that looks random to everybody who does not know the seed."""
    digest = hmac.digest(seed.encode(), about.encode(), hashlib.sha256)
    return int.from_bytes(digest[:7]) / 2**56
