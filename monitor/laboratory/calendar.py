"""A person's tests and the end of their order as a calendar (RFC 5545). Calendars are shared and shown on locked screens: no name, no illness."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import date, datetime, timedelta

PRODUCT = "-//Quarantine watch//Calendar//VI"


def calendar_of(
    summary: str, tests: Mapping[int, date], ends: Mapping[int, datetime], *, secret: bytes, now: datetime
) -> bytes:
    """tests: key of each planned test -> its day. ends: key of each order in force -> its end, with a time zone. summary: of all alike.

    secret: events keep their names while they are moved, and these tell no key of ours.
    """
    # Two processes of three never make a calendar, and need not wait for it.
    from icalendar import Calendar, Event

    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    # How often programs that subscribe ask again, in both ways that they understand.
    calendar.add("x-published-ttl", "PT6H")
    for kind, key, starts in (
        *(("test", key, day) for key, day in tests.items()),
        *(("order", key, end) for key, end in ends.items()),
    ):
        event = Event()
        event.add("uid", hmac.digest(secret, f"calendar {kind} {key}".encode(), hashlib.sha256).hex()[:32])
        event.add("dtstamp", now)
        event.add("dtstart", starts)
        event.add("dtend", starts + (timedelta(minutes=30) if isinstance(starts, datetime) else timedelta(days=1)))
        event.add("summary", summary)
        event.add("class", "PRIVATE")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
