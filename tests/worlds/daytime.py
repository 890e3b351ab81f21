"""A clock by which it is day, for tests in which people are asked now: at night nobody is."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def daytime() -> str:
    """A zone's clock on which nobody sleeps now: Vietnam's by day; at night one on which it is noon."""
    now = datetime.now(UTC)
    if 8 <= now.astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).hour < 19:
        return "Asia/Ho_Chi_Minh"
    ahead = 12 - now.hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"
