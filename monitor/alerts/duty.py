"""Who is on duty by the week's table, and how many alerts a day a table would give each person: pure decisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from monitor.models.alerts import DutyScope
from monitor.models.incidents import IncidentKind

DAY, WEEK = 1440, 7 * 1440  # minutes
# People who are told more than this stop looking; a table that leads there is said to.
MOST_A_DAY = 40
OF_CAMERAS = frozenset(
    {
        *(kind for kind in IncidentKind if kind.startswith("camera_")),
        IncidentKind.SITE_OUTAGE,
        IncidentKind.TOO_MANY_PEOPLE,
        IncidentKind.CLOSED_AREA,
        IncidentKind.EXIT_CROSSED,
    }
)
# About the service itself: for everybody on duty, and first for those of people.
OF_ALL = frozenset(
    {
        IncidentKind.NOBODY_ON_DUTY,
        IncidentKind.TELLING_STALLED,
        IncidentKind.HOTLINE_STALLED,
        IncidentKind.REPORTERS_TO_CALL,
        IncidentKind.REPORT_LATE,
        IncidentKind.REPORT_NOT_SENT,
    }
)


@dataclass(frozen=True)
class Entry:
    """A line of the table. zone_id: None for all zones. weekday: 0 for Monday; from_minute after midnight, for so many minutes."""

    account_id: int
    zone_id: int | None
    scope: DutyScope
    weekday: int
    from_minute: int
    minutes: int
    rank: int = 1


@dataclass(frozen=True)
class Past:
    """An alert that was. local: when, on the wall clock of its zone."""

    zone_id: int
    kind: IncidentKind
    local: datetime


def in_scope(scope: DutyScope, kind: IncidentKind) -> bool:
    """Whether a kind of incident is one of those that somebody is on duty for."""
    if scope is DutyScope.EVERYTHING or kind in OF_ALL:
        return True
    return (scope is DutyScope.CAMERAS) == (kind in OF_CAMERAS)


def covers(entry: Entry, local: datetime) -> bool:
    """Whether a moment on the zone's wall clock lies in the entry's hours; its first minute does, the one at its end does not."""
    of_week = local.weekday() * DAY + local.hour * 60 + local.minute
    return (of_week - entry.weekday * DAY - entry.from_minute) % WEEK < entry.minutes


def by_zone(entries: Iterable[Entry]) -> dict[int | None, list[Entry]]:
    """The lines of each zone, and under None those for all zones: a province has thousands, a zone a few."""
    found: dict[int | None, list[Entry]] = {None: []}
    for each in entries:
        found.setdefault(each.zone_id, []).append(each)
    return found


def on_duty(entries: Iterable[Entry], zone_id: int, kind: IncidentKind | None, local: datetime) -> list[int]:
    """Accounts on duty for a zone, in the order in which they are told; each once. kind: None for whichever."""
    there = [
        each
        for each in entries
        if each.zone_id in (None, zone_id) and covers(each, local) and (kind is None or in_scope(each.scope, kind))
    ]
    # Whoever is there for this zone alone is told before whoever has all of them.
    there.sort(key=lambda each: (each.rank, each.zone_id is None))
    return list(dict.fromkeys(each.account_id for each in there))


def busiest_day(entries: Sequence[Entry], past: Iterable[Past]) -> dict[int, int]:
    """How many alerts the table would give each person on the busiest of the days that `past` tells of, as the first to be told."""
    days: Counter[tuple[int, date]] = Counter()
    lines = by_zone(entries)
    for each in past:
        there = on_duty([*lines.get(each.zone_id, ()), *lines[None]], each.zone_id, each.kind, each.local)
        if there:
            days[there[0], each.local.date()] += 1
    busiest: dict[int, int] = {}
    for (account_id, _day), count in days.items():
        busiest[account_id] = max(count, busiest.get(account_id, 0))
    return busiest
