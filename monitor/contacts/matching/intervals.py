"""When a case's stay counts, by the Corona-Warn-App's published rule: short ones dropped, made longer, put on steps, split at midnight.

Source: cwa-app-tech-spec, event-registration-client.md, "Derive Time Interval" and "Split CheckIn by Midnight"; its published cases are
the tests' vectors. All moments here are whole seconds since 1970, which is what matching thousands of stays needs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from monitor.contacts.matching.rule import MatchingRule


def counted_stay(start: int, end: int, rule: MatchingRule) -> tuple[int, int] | None:
    """From when to when a case's stay counts; None: it was too short. Both ends stand on a step, the length is rounded to steps.

    Where rounding moves the stay, it moves to the side on which less of it is lost, as the published rule does.
    """
    shortest, lingers, step = (int(each.total_seconds()) for each in (rule.shortest, rule.lingers, rule.step))
    # Whole minutes decide whether a stay is too short, as published: 9 min 59 s are 9.
    length = max(0, end - start)
    if length // 60 * 60 < shortest:
        return None
    end += min(length, lingers)
    # Halves go up: 15 minutes made twice as long are 3 steps.
    rounded = (2 * (end - start) + step) // (2 * step) * step
    first, last = start // step * step, end // step * step
    if end - last > first + step - start:
        return last + step - rounded, last + step
    return first, first + rounded


def by_day(start: int, end: int, zone: tzinfo = UTC) -> Iterator[tuple[date, int, int]]:
    """A stay split at midnight on a clock: the day, from, to. Nothing of a stay that ends before it begins; one without length is whole."""
    if end < start:
        return
    day = datetime.fromtimestamp(start, zone).date()
    while True:
        midnight = int(datetime.combine(day + timedelta(days=1), time(), zone).timestamp())
        yield day, start, min(end, midnight)
        if end <= midnight:
            return
        day, start = day + timedelta(days=1), midnight


def overlap_minutes(first: tuple[int, int], second: tuple[int, int]) -> int:
    """Whole minutes that two stays have in common, rounded, halves up; stays that only touch have none. Source: CheckInWarningMatcher."""
    seconds = min(first[1], second[1]) - max(first[0], second[0])
    return 0 if seconds <= 0 else (seconds + 30) // 60
