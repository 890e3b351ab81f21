"""Times as cameras tell them, right or not: pure functions over answers and texts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

# POSIX: a name, then hours (and minutes) WEST of Greenwich, as in ICT-7 or <+07>-07:00; what follows is about summer time.
_POSIX_ZONE = re.compile(r"(?:[A-Za-z]{3,10}|<[\w+-]{1,10}>)\s*([+-]?)(\d{1,2})(?::(\d{2}))?")
_STAMP = re.compile(
    r"\s*(\d{4})-(\d{1,2})-(\d{1,2})[T -](\d{1,2}):(\d{1,3}):(\d{1,3})(?:[.,](\d{1,9}))?\s*(Z|z|[+-]\d{2}:?\d{2})?\s*"
)


def device_time(answer: Any) -> datetime | None:
    """The time in an answer to GetSystemDateAndTime, or None where it holds none.

    Without UTC time the local one with the camera's time zone is taken; without a zone that can be read, as if it were UTC.
    """
    utc = _moment(getattr(answer, "UTCDateTime", None))
    if utc is not None:
        return utc
    local = _moment(getattr(answer, "LocalDateTime", None))
    if local is None:
        return None
    zone = getattr(getattr(answer, "TimeZone", None), "TZ", None)
    # Summer time is left out: the rules of a zone of the camera's are as often wrong as its clock. It shows as an hour off.
    return local - ahead_of_utc(str(zone or ""))


def ahead_of_utc(zone: str) -> timedelta:
    """How much a POSIX time zone is ahead of UTC; none when it cannot be read."""
    found = _POSIX_ZONE.match(zone.strip()[:40])
    if found is None:
        return timedelta()
    sign, hours, minutes = found.groups()
    west = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return west if sign == "-" else -west


def stamp(text: str) -> datetime | None:
    """The time of an event, forgiving: minutes above 59 are carried (00:61:16), a blank may stand for the T; None when it is none (0000-00-00)."""
    found = _STAMP.fullmatch(text[:60])
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        moment = datetime(int(year), int(month), int(day), tzinfo=UTC) + timedelta(
            hours=int(hour), minutes=int(minute), seconds=int(second) + float(f"0.{fraction or 0}")
        )
    except (ValueError, OverflowError):
        return None
    if zone and zone not in "Zz":
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        moment += offset if zone[0] == "-" else -offset
    return moment


def _moment(told: Any) -> datetime | None:
    """A DateTime of ONVIF's schema: whole numbers, which may overflow."""
    day: Any = getattr(told, "Date", None)
    hour: Any = getattr(told, "Time", None)
    try:
        return datetime(day.Year, day.Month, day.Day, tzinfo=UTC) + timedelta(
            hours=hour.Hour, minutes=hour.Minute, seconds=hour.Second
        )
    except (AttributeError, TypeError, ValueError, OverflowError):
        return None
