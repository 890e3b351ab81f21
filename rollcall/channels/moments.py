"""When something was, in the forms in which gateways write it. A pure decision.

ISO 8601 with a zone or without, RFC 2822, seconds since 1970 (and thousandths, millionths), digits behind each other (yyyymmddhhmmss,
yymmddhhmm[ss]), SMPP's absolute time (yymmddhhmm[ss]tnnp; SMPP 3.4, 7.1.1), and the day first, as people in Vietnam write it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from monitor.settings import Settings

# What a gateway of today can mean; otherwise digits are something else.
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_THIS_LONG = timedelta(seconds=59)
_EPOCH = re.compile(r"(\d{9,10})(?:\.\d+)?|(\d{13})|(\d{16})|(\d{19})")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?(?: ?(.*))?")
_HOUR_FIRST = re.compile(r"(\d{1,2}:\d{2}(?::\d{2})?)[ ,-]+(\d{1,2}[/.-]\d{1,2}[/.-]\d{4})")
_SMPP = re.compile(r"(\d{10}|\d{12})(\d)(\d\d)([+-])")
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?(?: ?(.*))?")
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?")
_DIGITS = {14: "%Y%m%d%H%M%S", 12: "%y%m%d%H%M%S", 10: "%y%m%d%H%M"}


@dataclass(frozen=True)
class GatewayClock:
    """How a gateway's times are read. zone: of those without one; None where nobody said. local: the service's own zone."""

    zone: tzinfo | None = None
    local: tzinfo = UTC

    def read(self, given: str) -> datetime | None:
        """The moment that a gateway wrote, in UTC; None where it cannot be read, and where a form leaves out the hour.

        Where nobody said the zone, it is UTC where the year comes first, as Vonage writes it, and local where the day does. Of a time
        without seconds the last of them: it was written at the latest then.
        """
        text = " ".join(given.split())
        zone, local = self.zone or UTC, self.zone or self.local
        found = (
            _since_1970(text)
            or _behind_each_other(text, zone)
            or _smpp(text)
            or _iso(text, zone)
            or _day_first(text, local)
            or _rfc(text, zone)
        )
        return found.astimezone(UTC) if found is not None and _FIRST <= found <= _LAST else None


def clock_of(settings: Settings) -> GatewayClock:
    """As the settings say of the gateway for text messages."""
    return GatewayClock(ZoneInfo(settings.sms_timezone) if settings.sms_timezone else None, settings.zone)


def _since_1970(text: str) -> datetime | None:
    found = _EPOCH.fullmatch(text)
    if found is None:
        return None
    unit = next(number for number, each in enumerate(found.groups()) if each)
    seconds = float(text) / 1000**unit
    if seconds >= _LAST.timestamp():
        return None
    at = datetime.fromtimestamp(seconds, UTC)
    # 2611231001 is a day of 2026, and no second of 2052.
    return None if len(text) == 10 and at.year > 2040 and _written(text, _DIGITS[10], UTC) else at


def _behind_each_other(text: str, zone: tzinfo) -> datetime | None:
    compact = text.replace("T", "", 1)
    if not (compact.isascii() and compact.isdigit()) or len(compact) not in _DIGITS:
        return None
    at = _written(compact, _DIGITS[len(compact)], zone)
    if at is not None:
        return at + _THIS_LONG if len(compact) == 10 else at
    at = _written(compact, "%Y%m%d%H%M", zone) if len(compact) == 12 else None
    return at + _THIS_LONG if at is not None else None


def _smpp(text: str) -> datetime | None:
    found = _SMPP.fullmatch(text)
    if found is None:
        return None
    quarters = int(found[3]) * (1 if found[4] == "+" else -1)
    if abs(quarters) > 56:
        return None
    at = _written(found[1], _DIGITS[len(found[1])], timezone(timedelta(minutes=15 * quarters)))
    return at + _THIS_LONG if at is not None and len(found[1]) == 10 else at


def _iso(text: str, zone: tzinfo) -> datetime | None:
    found = _ISO.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, behind = found.groups()
    return _made((year, month, day, hour, minute, second), behind, zone)


def _day_first(text: str, zone: tzinfo) -> datetime | None:
    turned = _HOUR_FIRST.fullmatch(text)
    found = _DAY_FIRST.fullmatch(f"{turned[2]} {turned[1]}" if turned else text)
    if found is None or found[4] is None:
        return None
    day, month, year, hour, minute, second, behind = found.groups()
    return _made((year, month, day, hour, minute, second), behind, zone)


def _rfc(text: str, zone: tzinfo) -> datetime | None:
    if not re.match(r"(?:[A-Za-z]{3}, )?\d", text):
        return None
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _made(parts: tuple[str | None, ...], behind: str | None, zone: tzinfo) -> datetime | None:
    """A time of its parts, the seconds last. behind: what stands behind it, a zone or half a day."""
    year, month, day, hour, minute, second = (int(each or 0) for each in parts)
    behind = (behind or "").strip()
    half = behind.upper().replace(".", "")
    if half in ("AM", "PM") and 1 <= hour <= 12:
        hour, behind = hour % 12 + (12 if half == "PM" else 0), ""
    where = _zone(behind, zone)
    try:
        at = datetime(year, month, day, hour, minute, second, tzinfo=where) if where else None
    except ValueError:
        return None
    return at + _THIS_LONG if at is not None and parts[-1] is None else at


def _zone(behind: str, unsaid: tzinfo) -> tzinfo | None:
    """The zone that is written behind a time; None where it cannot be read."""
    if not behind:
        return unsaid
    if behind.upper() in ("Z", "UTC", "GMT"):
        return UTC
    # A plus sign that a form did not escape has become a space, and that one was taken off.
    found = _OFFSET.fullmatch(behind if behind[0] in "+-UG" else f"+{behind}")
    if found is None or (found[1] == "+" and behind[0] not in "+-UG" and len(behind) < 4):
        return None
    minutes = int(found[2]) * 60 + int(found[3] or 0)
    return timezone(timedelta(minutes=minutes if found[1] == "+" else -minutes)) if minutes <= 14 * 60 else None


def _written(text: str, form: str, zone: tzinfo) -> datetime | None:
    try:
        return datetime.strptime(text, form).replace(tzinfo=zone)
    except ValueError:
        return None
