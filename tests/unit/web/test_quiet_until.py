"""Until when a zone rests, by the province's quiet hours and its own, on its wall clock."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from monitor.models.places import Zone, ZoneKind
from monitor.places.quiet_floor import SHIPPED, Span, quiet_until


@pytest.mark.parametrize(
    ("own", "hour", "until"),
    [
        (("", ""), 12, None),
        (("", ""), 23, time(7)),
        (("", ""), 7, None),
        (("12:00", "14:00"), 13, time(14)),
        (("12:00", "14:00"), 22, time(7)),
        (("05:00", "09:00"), 6, time(9)),
        # Over midnight the other one lasts longer.
        (("20:00", "22:00"), 21, time(7)),
        (("20:00", "09:00"), 22, time(9)),
    ],
)
def test_a_zone_rests_until_the_last_of_its_quiet_hours_ends(own: tuple[str, str], hour: int, until: time | None) -> None:
    zone = Zone(name="Khu A", kind=ZoneKind.FACILITY, timezone="Asia/Ho_Chi_Minh", quiet_from=own[0], quiet_to=own[1])
    assert quiet_until(zone, SHIPPED, datetime(2026, 11, 23, (hour - 7) % 24, tzinfo=UTC)) == until


def test_where_the_province_has_no_quiet_hours_only_the_zones_own_count() -> None:
    zone = Zone(name="Khu A", kind=ZoneKind.FACILITY, timezone="Asia/Ho_Chi_Minh", quiet_from="", quiet_to="")
    assert quiet_until(zone, Span(time(0), time(0)), datetime(2026, 11, 23, 17, tzinfo=UTC)) is None
