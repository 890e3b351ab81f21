"""The one place that asks what time it is; everything below takes the time as an argument."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def utc_now() -> datetime:
    """Now, in UTC, with its time zone."""
    return datetime.now(UTC)


def local_clock(at: datetime, timezone: str) -> str:
    """Hours and minutes of a moment on the wall clock of a zone, for sentences: 14:05."""
    return at.astimezone(ZoneInfo(timezone)).strftime("%H:%M")
