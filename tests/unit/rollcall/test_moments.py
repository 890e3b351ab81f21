"""Times in every form in which gateways write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from rollcall.channels.moments import GatewayClock

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
WRITTEN = datetime(2026, 11, 23, 3, 2, tzinfo=UTC)
TO_THE_MINUTE = WRITTEN + timedelta(seconds=59)


@pytest.mark.parametrize(
    ("given", "at"),
    [
        ("2026-11-23T10:02:00+07:00", WRITTEN),
        ("2026-11-23T10:02:00+0700", WRITTEN),
        ("2026-11-23T10:02:00+07", WRITTEN),
        ("2026-11-23 10:02:00 +0700", WRITTEN),
        # A plus sign that a form did not escape.
        ("2026-11-23T10:02:00 0700", WRITTEN),
        ("2026-11-23T10:02:00 07:00", WRITTEN),
        ("2026-11-23T03:02:00Z", WRITTEN),
        ("2026-11-23T03:02:00.000+0000", WRITTEN),
        ("2026-11-23T03:02:00.123456789Z", WRITTEN),
        ("2026-11-23 03:02:00 UTC", WRITTEN),
        ("2026-11-22T22:02:00-05:00", WRITTEN),
        # Vonage writes UTC and does not say so.
        ("2026-11-23 03:02:00", WRITTEN),
        ("2026-11-23T03:02:00", WRITTEN),
        ("2026/11/23 03:02:00", WRITTEN),
        ("2026-11-23 03:02", TO_THE_MINUTE),
        ("1795402920", WRITTEN),
        ("1795402920.0", WRITTEN),
        ("1795402920000", WRITTEN),
        ("1795402920000000", WRITTEN),
        ("1795402920000000000", WRITTEN),
        ("20261123030200", WRITTEN),
        ("20261123T030200", WRITTEN),
        ("202611230302", TO_THE_MINUTE),
        ("261123030200", WRITTEN),
        ("2611230302", TO_THE_MINUTE),
        ("261123100200028+", WRITTEN),
        ("261122220200020-", WRITTEN),
        ("2611231002028+", TO_THE_MINUTE),
        ("23/11/2026 10:02:00", WRITTEN),
        ("23/11/2026 10:02", TO_THE_MINUTE),
        ("23-11-2026 10:02", TO_THE_MINUTE),
        ("23.11.2026 10:02", TO_THE_MINUTE),
        ("23/11/2026 10:02:00 AM", WRITTEN),
        ("23/11/2026 03:02:00 Z", WRITTEN),
        ("10:02:00 23/11/2026", WRITTEN),
        ("10:02 23/11/2026", TO_THE_MINUTE),
        ("Mon, 23 Nov 2026 03:02:00 +0000", WRITTEN),
        ("Mon, 23 Nov 2026 03:02:00 GMT", WRITTEN),
        ("Mon, 23 Nov 2026 10:02:00 +0700", WRITTEN),
        ("23 Nov 2026 03:02:00 -0000", WRITTEN),
        # Nobody knows what these say, or when on that day it was.
        ("", None),
        ("just now", None),
        ("2026-11-23", None),
        ("23/11/2026", None),
        ("11/23/2026 10:02", None),
        ("2026-11-23 25:02:00", None),
        ("2026-13-23 03:02:00", None),
        ("2026-11-23 03:02:00 ICT", None),
        ("2026-11-23 03:02:00 7", None),
        ("2026-11-23T03:02:00+99:00", None),
        ("10:02", None),
        ("0", None),
        ("1795", None),
        ("261123100200028R", None),
        ("99999999999999", None),
        ("٢٠٢٦", None),
        ("True", None),
    ],
)
def test_a_time_is_read_in_each_form(given: str, at: datetime | None) -> None:
    assert GatewayClock(None, LOCAL).read(given) == at


@pytest.mark.parametrize(
    ("given", "zone", "at"),
    [
        ("2026-11-23 10:02:00", LOCAL, WRITTEN),
        ("20261123100200", LOCAL, WRITTEN),
        ("261123100200", LOCAL, WRITTEN),
        ("23/11/2026 03:02:00", UTC, WRITTEN),
        ("2026-11-23 04:02:00", timezone(timedelta(hours=1)), WRITTEN),
        # What is written behind a time holds, whatever is set.
        ("2026-11-23T03:02:00Z", LOCAL, WRITTEN),
        ("1795402920", LOCAL, WRITTEN),
    ],
)
def test_a_setting_says_the_zone_of_times_without_one(given: str, zone: tzinfo, at: datetime) -> None:
    assert GatewayClock(zone, LOCAL).read(given) == at


@given(some.one_of(some.text(max_size=40), some.text(alphabet="0123456789:-/+ TZ.", max_size=30)))
def test_whatever_stands_there_is_no_error(given: str) -> None:
    found = GatewayClock(None, LOCAL).read(given)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize("given", ["Mon, 23 Nov 99999999999 10:00:00", "23 Nov 2026 10:00:00 +99999999999999"])
def test_what_no_clock_holds_is_not_read(given: str) -> None:
    assert GatewayClock().read(given) is None
