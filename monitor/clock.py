"""The one place that asks what time it is; everything below takes the time as an argument."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def utc_now() -> datetime:
    """Now, in UTC, with its time zone."""
    return datetime.now(UTC)


def local_clock(at: datetime, timezone: str, now: datetime | None = None) -> str:
    """A moment on the wall clock of a zone, for sentences: 14:05; with the day, 14:05 24/11, when it is not the day of `now`."""
    zone = ZoneInfo(timezone)
    local = at.astimezone(zone)
    other_day = now is not None and now.astimezone(zone).date() != local.date()
    return local.strftime("%H:%M %d/%m" if other_day else "%H:%M")
