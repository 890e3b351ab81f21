"""What the figures of a day mean, how those of several days and zones are added, and when a day is counted again. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

Counts = dict[str, dict[str, int]]
"""By subject and part."""

WHILE_IT_LASTS = timedelta(minutes=15)
AFTER_ITS_END = (timedelta(hours=2), timedelta(days=1), timedelta(days=3), timedelta(days=7), timedelta(days=30))
"""How long after a day's end it is counted again: answers come late, and people decide about them for weeks."""

ANSWERED_WITHIN = (1, 2, 5, 10, 20, 60)
DECIDED_WITHIN = (60, 240, 720, 1440)
TAKEN_WITHIN = (1, 2, 5, 15, 60)
"""Bounds in minutes, by which times are counted; what took longer is LATER, what never came NEVER."""
LATER, NEVER = "later", "never"


class Subject(StrEnum):
    """What is counted; the parts of each stand beside it."""

    CHECK_INS = "check_ins"
    """By state."""
    ANSWERED_WITHIN = "answered_within"
    """From the opening of a round until an answer was made, by bound."""
    CAUSES = "causes"
    """Why there was no answer, by cause."""
    MESSAGES = "messages"
    """By channel, a colon, and one of arrived, unsure, failed."""
    REVIEWS = "reviews"
    """People's decisions on the day, by what was decided."""
    DECIDED_WITHIN = "decided_within"
    """From the answer, or the end of the window, until that decision, by bound."""
    ALERTS = "alerts"
    """By urgency."""
    TAKEN_WITHIN = "taken_within"
    """From an alert's beginning until somebody took it, by bound or NEVER."""
    CAMERAS = "cameras"
    """Minutes: watched, silent, doubtful; and how often they agreed with roll-calls: agreed, false_absent, false_present, unknown."""
    FACES = "faces"
    """Compared answers, by engine, a colon, the bar of their likeness, a colon, and what came of it, see `Compared`."""


class Compared(StrEnum):
    """What came of an answer whose face was compared."""

    VERIFIED = "verified"
    OVERRULED = "overruled"
    """Verified, and a person rejected it all the same."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WAITING = "waiting"
    """Left to a person, who has not decided."""


BARS, LOWEST, HIGHEST = 24, -0.2, 1.0
"""Steps of likeness that are one bar of a chart: so many, from, to."""


def bar_of(likeness: float) -> int:
    """The bar in which a likeness stands; what lies outside stands in the nearest."""
    return min(BARS - 1, max(0, int((likeness - LOWEST) / (HIGHEST - LOWEST) * BARS)))


def compared(verdict: str, decision: str | None) -> Compared:
    """What came of an answer. verdict: of the machine; decision: the last one of a person, None where there is none."""
    if verdict == "verified":
        return Compared.OVERRULED if decision == "rejected" else Compared.VERIFIED
    return {"accepted": Compared.ACCEPTED, "rejected": Compared.REJECTED}.get(decision or "", Compared.WAITING)


@dataclass(frozen=True)
class Window:
    """A day of a calendar: from, and until before."""

    begin: datetime
    end: datetime


def window(day: date, timezone: str) -> Window:
    """The moments of a day on a zone's wall clock."""
    zone = ZoneInfo(timezone)
    return Window(datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone))


def next_count(end: datetime, now: datetime) -> datetime | None:
    """When a day that ends at `end` and was just counted is counted again; None: never again."""
    if now < end:
        return min(now + WHILE_IT_LASTS, end + AFTER_ITS_END[0])
    return next((end + after for after in AFTER_ITS_END if end + after > now), None)


def added(many: Iterable[Mapping[str, Mapping[str, int]]]) -> Counts:
    """The sum of several counts, part by part."""
    total: Counts = {}
    for counts in many:
        for subject, parts in counts.items():
            into = total.setdefault(subject, {})
            for part, number in parts.items():
                into[part] = into.get(part, 0) + number
    return total


def median_bound(parts: Mapping[str, int], bounds: tuple[int, ...]) -> str | None:
    """The bound within which at least half lie: "5"; LATER where that is beyond all of them; None where nothing was counted."""
    total = sum(number for part, number in parts.items() if part != NEVER)
    if not total:
        return None
    so_far = 0
    for bound in bounds:
        so_far += parts.get(str(bound), 0)
        if 2 * so_far >= total:
            return str(bound)
    return LATER


def share(part: int, whole: int) -> float | None:
    """From 0 to 1; None of nothing."""
    return part / whole if whole else None
