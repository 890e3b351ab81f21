"""Parts of a camera's picture that people drew, and when things count: plain values, without any image library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor.models.cameras.cameras import AreaKind, CameraArea
from monitor.problems import BadInput
from monitor.words import N_

Point = tuple[float, float]
MOST_POINTS, MOST_AREAS, MOST_ENTRIES = 64, 32, 20
# How far back, and how finely, it is asked since when a schedule counts.
LOOK_BACK, STEP = timedelta(days=1), timedelta(minutes=5)


@dataclass(frozen=True)
class Area:
    """A part of a picture. points: from 0 to 1 of width and height; schedule: when it counts, empty is always."""

    kind: AreaKind
    name: str
    points: tuple[Point, ...]
    schedule: tuple[Any, ...] = ()


def areas_of(rows: Iterable[CameraArea]) -> tuple[Area, ...]:
    """Rows as plain values."""
    return tuple(
        Area(row.kind, row.name, tuple((float(x), float(y)) for x, y in row.points), tuple(row.schedule)) for row in rows
    )


def active(schedule: Sequence[Any], at: datetime, timezone: str) -> bool:
    """Whether a schedule's time is now; an empty one always counts.

    schedule: {"days": [0, 6], "from": "22:00", "until": "06:00"} each, Monday is 0, local time; a window over midnight belongs to
    the day on which it begins; from equal to until is the whole day. at: aware; timezone: IANA name.
    """
    if not schedule:
        return True
    local = at.astimezone(ZoneInfo(timezone))
    clock, yesterday = local.strftime("%H:%M"), (local.date() - timedelta(days=1)).weekday()
    for entry in schedule:
        begins, ends, days = entry["from"], entry["until"], entry["days"]
        if begins < ends:
            if local.weekday() in days and begins <= clock < ends:
                return True
        elif (local.weekday() in days and clock >= begins) or (yesterday in days and clock < ends):
            return True
    return False


def active_since(schedule: Sequence[Any], at: datetime, timezone: str) -> datetime:
    """Since when a schedule has counted without a pause, at most 5 minutes late; a day back for one without any pause.

    `at` itself must count. As `active` otherwise.
    """
    if not schedule:
        return at - LOOK_BACK
    since = at
    while since > at - LOOK_BACK and active(schedule, since - STEP, timezone):
        since -= STEP
    return since


def inside(point: Point, polygon: Sequence[Point]) -> bool:
    """Whether a point lies in a polygon (even-odd rule)."""
    x, y = point
    found = False
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            found = not found
    return found


def valid_points(value: Any, kind: AreaKind) -> list[list[float]]:
    """Points that a browser sent, checked. Raises BadInput."""
    least, most = (2, 2) if kind is AreaKind.EXIT else (3, MOST_POINTS)
    if not isinstance(value, list) or not least <= len(value) <= most:
        raise BadInput(N_("An area has 3 to 64 points, a line at an exit has two."), field="points")
    points = []
    for each in value:
        numbers = isinstance(each, list) and len(each) == 2 and all(type(n) in (int, float) and 0 <= n <= 1 for n in each)
        if not numbers:
            raise BadInput(N_("Each point needs two numbers from 0 to 1."), field="points")
        points.append([round(float(each[0]), 4), round(float(each[1]), 4)])
    return points


def valid_schedule(value: Any) -> list[dict[str, Any]]:
    """A schedule that a browser sent, checked. Raises BadInput."""
    if not isinstance(value, list) or len(value) > MOST_ENTRIES:
        raise BadInput(N_("An area has at most 20 times."), field="schedule")
    checked = []
    for each in value:
        days = each.get("days") if isinstance(each, dict) else None
        if not isinstance(days, list) or not days or any(type(day) is not int or not 0 <= day <= 6 for day in days):
            raise BadInput(N_("Choose at least one day of the week."), field="schedule")
        times = [each.get("from"), each.get("until")]
        for time in times:
            try:
                fits = isinstance(time, str) and datetime.strptime(time, "%H:%M").strftime("%H:%M") == time  # noqa: DTZ007
            except ValueError:
                fits = False
            if not fits:
                raise BadInput(N_("Enter times like 06:30 or 22:00."), field="schedule")
        checked.append({"days": sorted(set(days)), "from": times[0], "until": times[1]})
    return checked
