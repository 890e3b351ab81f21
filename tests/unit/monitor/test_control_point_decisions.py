"""What guards are told, how many are inside, which share a door's camera saw scanned, and places that are registered twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.control_points.capture import Hour, by_hour, together
from monitor.control_points.gate_verdicts import Found, Sign, Why, unchecked, verdict_of
from monitor.control_points.occupancy import Counted, Occupancy, occupancy, over_limit, too_coarse
from monitor.control_points.twins import Registered, folded_name, twin_of
from monitor.places.distance import metres_between

NOW = datetime(2026, 11, 30, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("found", "leaving", "sign", "why", "notify"),
    [
        (Found(True, False, False, False), False, Sign.GO, Why.DECLARED, False),
        (Found(True, True, False, False), False, Sign.ASK, Why.SIGNS, False),
        (Found(False, False, False, False), False, Sign.ASK, Why.NOT_DECLARED, False),
        (Found(True, False, True, False), False, Sign.WAIT, Why.ORDER, True),
        (Found(False, False, True, False), False, Sign.WAIT, Why.ORDER, True),
        # Away with permission: to a test, to hospital. They are asked as everyone is.
        (Found(True, False, True, True), False, Sign.GO, Why.DECLARED, False),
        (Found(False, True, True, True), False, Sign.ASK, Why.NOT_DECLARED, False),
        # Nobody is held by a guard who wants to leave.
        (Found(False, True, False, False), True, Sign.GO, Why.LEAVING, False),
        (Found(True, False, True, False), True, Sign.GO, Why.LEAVING, True),
    ],
)
def test_a_guard_is_told_go_ask_or_wait(found: Found, leaving: bool, sign: Sign, why: Why, notify: bool) -> None:
    verdict = verdict_of(found, leaving=leaving)
    assert (verdict.sign, verdict.why, verdict.notify) == (sign, why, notify)


def test_a_guard_reads_nothing_of_an_order_an_illness_or_what_was_declared() -> None:
    found = [Found(*(bool(bits & bit) for bit in (1, 2, 4, 8))) for bits in range(16)]
    said = {verdict_of(each, leaving=leaving).sentence for each in found for leaving in (True, False)}
    said.add(unchecked().sentence)
    assert len(said) == 6
    for sentence in said:
        for word in ("order", "quarantine", "symptom", "case", "F0", "ill", "infect"):
            assert word not in sentence.split(), sentence


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        (Counted(0, 0, 0, NOW), Occupancy(0, 0, 0, timedelta(0))),
        (Counted(120, 0, 0, NOW - timedelta(seconds=8)), Occupancy(120, 120, 120, timedelta(seconds=8))),
        (Counted(120, 15, 4, NOW), Occupancy(120, 105, 124, timedelta(0))),
        (Counted(3, 5, 0, NOW + timedelta(seconds=1)), Occupancy(3, 0, 3, timedelta(0))),
    ],
)
def test_who_is_inside_comes_with_its_error_and_age(counted: Counted, expected: Occupancy) -> None:
    assert occupancy(counted, NOW) == expected
    assert expected.exact == (expected.least == expected.most)


@pytest.mark.parametrize(("inside", "limit", "over"), [(50, 50, False), (51, 50, True), (5000, None, False), (1, 0, True)])
def test_more_than_the_limit_warns(inside: int, limit: int | None, over: bool) -> None:
    assert over_limit(inside, limit) is over


@pytest.mark.parametrize(("points", "most", "coarse"), [(1, 50, False), (1, 51, True), (2, 500, False), (0, 51, False)])
def test_one_code_for_more_than_fifty_people_at_a_time_is_too_coarse(points: int, most: int, coarse: bool) -> None:
    assert too_coarse(points, most) is coarse


def test_the_capture_rate_is_what_was_scanned_of_what_the_camera_saw() -> None:
    seven, eight, nine = (NOW.replace(hour=hour) for hour in (7, 8, 9))
    hours = by_hour({seven: 200, eight: 4, nine: 20}, {seven: 30, nine: 25, NOW: 9})
    assert hours == (Hour(seven, 200, 30), Hour(eight, 4, 0), Hour(nine, 20, 25))
    assert [each.share for each in hours] == [0.15, None, 1.0]
    assert [each.camera_missed for each in hours] == [0, 0, 5]
    # What the camera missed in one hour makes up for nothing in another.
    whole = together(hours)
    assert whole == Hour(seven, 224, 50)
    assert together(()) is None


UNIT, OTHER_UNIT = ("25747", "2025-07-01"), ("25942", "2025-07-01")
PIN = (10.9804, 106.6519)
NEAR, FAR = (10.9812, 106.6521), (10.9904, 106.6519)


def _place(
    number: int, name: str, unit: tuple[str, str] = UNIT, phone: str = "+84901", pin: tuple[float, float] | None = PIN
) -> Registered:
    return Registered(number, folded_name(name), unit, phone, pin)


@pytest.mark.parametrize(
    ("new", "twin"),
    [
        pytest.param(_place(9, "Công ty TNHH May Bình Minh"), True, id="the same name in the same unit"),
        pytest.param(_place(9, "may bình minh", phone="+84999", pin=None), True, id="without what sort it is, by another owner"),
        pytest.param(_place(9, "MAY BINH MINH", unit=OTHER_UNIT, pin=NEAR), True, id="typed into the next unit, at the same spot"),
        pytest.param(_place(9, "May Bình Minh", unit=OTHER_UNIT, pin=FAR), False, id="a branch in another unit"),
        pytest.param(_place(9, "May xuất khẩu", pin=NEAR), True, id="the same owner at the same spot, named alike"),
        pytest.param(_place(9, "Quán cơm Hương", pin=NEAR), False, id="the same owner’s shop next door"),
        pytest.param(_place(9, "May Bình An", phone="+84999"), False, id="another name"),
        pytest.param(_place(1, "May Bình Minh"), False, id="itself"),
    ],
)  # fmt: skip
def test_a_place_that_is_registered_twice_is_noticed(new: Registered, twin: bool) -> None:
    assert twin_of(new, [_place(1, "Công ty TNHH May Bình Minh")]) == (1 if twin else None)


def test_distances_are_those_along_the_ground() -> None:
    # One minute of latitude is a nautical mile, 1,852 m, within what the earth's flattening makes of it.
    assert metres_between((10.0, 106.0), (10.0 + 1 / 60, 106.0)) == pytest.approx(1852, rel=0.002)
