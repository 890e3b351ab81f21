"""The floor of quiet hours, as tables: which hours lie in which, and what holds where."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models.places import Zone, ZoneKind
from monitor.places.quiet_floor import DAY, SHIPPED, Floors, Since, Span, floor_of
from tests.worlds.small_zone import NOW

clocks = st.integers(0, DAY - 1).map(lambda minute: time(minute // 60, minute % 60))
spans = st.builds(Span, clocks, clocks)


def span(text: str) -> Span:
    start, end = text.split("-")
    return Span.parse(start, end)


@pytest.mark.parametrize(
    ("own", "province", "longer"),
    [
        ("21:00-07:00", "21:00-07:00", True),
        ("20:00-08:00", "21:00-07:00", True),
        ("21:00-08:00", "21:00-07:00", True),
        ("22:00-07:00", "21:00-07:00", False),
        ("21:00-06:59", "21:00-07:00", False),
        ("13:00-15:00", "21:00-07:00", False),
        ("07:00-21:00", "21:00-07:00", False),
        ("00:00-07:00", "21:00-07:00", False),
        ("12:00-11:00", "21:00-07:00", True),
        ("21:00-07:00", "00:00-00:00", True),
        ("00:00-00:00", "21:00-07:00", False),
    ],
)
def test_a_zone_may_have_longer_quiet_hours_never_shorter_ones(own: str, province: str, longer: bool) -> None:
    assert span(own).holds(span(province)) == longer


@given(spans, spans)
def test_one_holds_another_where_every_minute_of_it_lies_in_it(one: Span, other: Span) -> None:
    minutes = [time(minute // 60, minute % 60) for minute in range(DAY)]
    assert one.holds(other) == all(one.covers(each) for each in minutes if other.covers(each))
    assert one.lasts == timedelta(minutes=sum(one.covers(each) for each in minutes))


@pytest.mark.parametrize(
    ("quiet_from", "quiet_to", "province", "held"),
    [
        ("", "", "21:00-07:00", ["21:00-07:00"]),
        ("20:00", "08:00", "21:00-07:00", ["20:00-08:00"]),
        # Written before the province's grew longer, or unreadable: the province's holds beside it.
        ("21:00", "06:00", "21:00-07:00", ["21:00-07:00"]),
        ("13:00", "14:00", "21:00-07:00", ["21:00-07:00", "13:00-14:00"]),
        ("late", "early", "21:00-07:00", ["21:00-07:00"]),
        ("21:00", "07:00", "00:00-00:00", ["21:00-07:00"]),
    ],
)
def test_what_holds_in_a_zone_is_never_less_than_the_provinces(
    quiet_from: str, quiet_to: str, province: str, held: list[str]
) -> None:
    zone = Zone(name="A", kind=ZoneKind.FACILITY, quiet_from=quiet_from, quiet_to=quiet_to)
    assert list(floor_of(zone, span(province))) == [span(each) for each in held]


def test_before_anybody_set_them_the_shipped_hours_hold_and_what_was_set_later_is_not_reckoned_back() -> None:
    hour = timedelta(hours=1)
    floors = Floors((Since(span("20:00-08:00"), NOW), Since(span("22:00-06:00"), NOW - 5 * hour)))
    assert Floors().at(NOW).span == SHIPPED == span("21:00-07:00")
    assert [floors.at(NOW + hours * hour).span for hours in (1, 0, -1, -6)] == [
        span("20:00-08:00"),
        span("20:00-08:00"),
        span("22:00-06:00"),
        SHIPPED,
    ]
