"""Curves of temperature and oxygen: where dots stand, and that what is beyond the limit is another shape."""

from __future__ import annotations

from datetime import timedelta

from monitor.models.people.measurements import MeasuredHow
from tests.worlds.small_zone import NOW
from web.console.people.curve import BOTTOM, HEIGHT, LEFT, MOST_DAYS, RIGHT, TOP, WIDTH, Value, curves_of

ZONE = "Asia/Ho_Chi_Minh"


def test_nothing_measured_draws_nothing_and_each_kind_has_a_drawing_of_its_own() -> None:
    assert curves_of([], ZONE) == []
    (warm,) = curves_of([Value(NOW, 37.1, None)], ZONE)
    assert (warm.key, len(warm.dots), warm.days) == ("temperature", 1, ())
    assert [each.key for each in curves_of([Value(NOW, 37.1, 98)], ZONE)] == ["temperature", "spo2"]


def test_dots_follow_time_and_value_and_lie_within_the_drawing() -> None:
    values = [
        Value(NOW, 36.5, 98),
        Value(NOW + timedelta(hours=6), 38.0, 97, MeasuredHow.BY_STAFF, "chi"),
        Value(NOW + timedelta(hours=12), 43.0, 50),
    ]
    warm, oxygen = curves_of(values, ZONE)
    assert [dot.x for dot in warm.dots] == sorted(dot.x for dot in warm.dots)
    assert [dot.beyond for dot in warm.dots] == [False, True, True]
    assert [dot.beyond for dot in oxygen.dots] == [False, False, True]
    assert [dot.entered for dot in warm.dots] == [False, True, False]
    assert warm.dots[1].y == warm.limit_y, "exactly the limit is a fever"
    for curve in (warm, oxygen):
        assert all(LEFT <= dot.x <= WIDTH - RIGHT and TOP <= dot.y <= HEIGHT - BOTTOM for dot in curve.dots)
        assert 0 < len(curve.values) <= 6
        assert all(TOP <= each.place <= HEIGHT - BOTTOM for each in curve.values)


def test_two_weeks_have_no_more_days_than_there_is_room_for() -> None:
    (warm,) = curves_of([Value(NOW, 37.0, None), Value(NOW + timedelta(days=14), 37.0, None)], ZONE)
    assert len(warm.days) == MOST_DAYS
    assert warm.days[0].day == "24/11"
