"""When the parts of a day's report are due, by the province's wall clock, or in a demonstration by one that runs faster. Pure decisions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor.problems import BadInput
from monitor.words import N_

STEPS = ("remind_at", "call_at", "cut_off_at", "alarm_at", "provisional_at", "due_at")
_BEGINS = time(7, 0)
"""In a demonstration a day of reports begins then and is over an hour after it was due: nothing happens in the night that one would wait for."""


@dataclass(frozen=True)
class Times:
    """Times of day; fast: since when a day lasts how long, in a demonstration."""

    remind_at: time = time(13, 30)
    call_at: time = time(14, 0)
    cut_off_at: time = time(14, 0)
    alarm_at: time = time(14, 30)
    provisional_at: time = time(14, 45)
    due_at: time = time(15, 0)
    runs: bool = True
    alarm_account_id: int | None = None
    fast_since: datetime | None = None
    fast: timedelta | None = None


SHIPPED = Times()


@dataclass(frozen=True)
class ReportDay:
    """The moments of one day."""

    day: date
    begins: datetime
    remind_at: datetime
    call_at: datetime
    cut_off: datetime
    alarm_at: datetime
    provisional_at: datetime
    due_at: datetime


def check_times(times: Times) -> Times:
    """The times, where they follow one another as they must. Raises BadInput."""
    if not times.remind_at < times.call_at:
        raise BadInput(N_("Reporters are called after they are reminded. Choose a later time for the call."), field="call_at")
    if not times.remind_at < times.cut_off_at:
        raise BadInput(N_("Reporters are reminded before the cut-off. Choose an earlier time."), field="remind_at")
    if not times.cut_off_at < times.alarm_at:
        raise BadInput(N_("The alarm comes after the cut-off. Choose a later time."), field="alarm_at")
    if not times.alarm_at < times.provisional_at:
        raise BadInput(N_("The provisional report leaves after the alarm. Choose a later time."), field="provisional_at")
    if not times.provisional_at < times.due_at:
        raise BadInput(N_("The report is due after the provisional one leaves. Choose a later time."), field="due_at")
    return times


def read_times(typed: dict[str, str], before: Times) -> Times:
    """Times as a form brings them. Raises BadInput, naming the field."""
    read: dict[str, Any] = {}
    for step in STEPS:
        try:
            read[step] = clock_time(typed.get(step, ""))
        except ValueError:
            raise BadInput(N_("Write the time as hours:minutes, such as 14:30."), field=step) from None
    return check_times(replace(before, **read))


def clock_time(written: str) -> time:
    """A time of day as it is stored and typed: 14:30, 9:05. Raises ValueError."""
    hours, between, minutes = written.strip().partition(":")
    if not (between and hours.isdecimal() and minutes.isdecimal() and len(hours) <= 2 and len(minutes) == 2):
        raise ValueError("not hours:minutes")
    return time(int(hours), int(minutes))


def day_at(times: Times, now: datetime, timezone: ZoneInfo) -> ReportDay:
    """The day of reports that it is."""
    if times.fast is None or times.fast_since is None:
        return of_day(times, now.astimezone(timezone).date(), timezone)
    gone = max(0, (now - times.fast_since) // times.fast)
    return of_day(times, _first(times, timezone) + timedelta(days=gone), timezone)


def of_day(times: Times, day: date, timezone: ZoneInfo) -> ReportDay:
    """The moments of a day."""
    steps = [getattr(times, step) for step in STEPS]
    if times.fast is None or times.fast_since is None:
        return ReportDay(day, *(datetime.combine(day, each, timezone) for each in (time(), *steps)))
    begins = times.fast_since + times.fast * (day - _first(times, timezone)).days
    first, last = _minutes(min(_BEGINS, times.remind_at)), _minutes(times.due_at) + 60
    shares = ((_minutes(each) - first) / (last - first) for each in steps)
    return ReportDay(day, begins, *(begins + times.fast * share for share in shares))


def _first(times: Times, timezone: ZoneInfo) -> date:
    assert times.fast_since is not None
    return times.fast_since.astimezone(timezone).date()


def _minutes(of: time) -> int:
    return of.hour * 60 + of.minute
