"""Areas drawn in a camera's picture and the times at which they count, by tables; and what covers private parts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models.cameras.cameras import AreaKind
from monitor.places.areas import MOST_ENTRIES, MOST_POINTS, Area, active, active_since, inside, valid_points, valid_schedule
from monitor.problems import BadInput
from monitor.vision.motion.masks import blur_privacy, mask

NIGHT: list[Any] = [{"days": [4], "from": "22:00", "until": "06:00"}]  # Friday evening to Saturday morning
WORK: list[Any] = [{"days": [0, 1, 2, 3, 4], "from": "08:00", "until": "17:00"}]
BERLIN = "Europe/Berlin"
LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
MIDDLE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))


@pytest.mark.parametrize(
    ("schedule", "local", "counts"),
    [
        ([], "2026-11-27 12:00", True),
        (WORK, "2026-11-27 08:00", True),
        (WORK, "2026-11-27 16:59", True),
        (WORK, "2026-11-27 17:00", False),
        (WORK, "2026-11-28 12:00", False),  # Saturday
        (NIGHT, "2026-11-27 21:59", False),
        (NIGHT, "2026-11-27 22:00", True),
        (NIGHT, "2026-11-28 05:59", True),  # belongs to Friday, on which it began
        (NIGHT, "2026-11-28 06:00", False),
        (NIGHT, "2026-11-27 05:00", False),  # the night before began on a Thursday
        (NIGHT, "2026-11-28 22:30", False),
        ([{"days": [6], "from": "00:00", "until": "00:00"}], "2026-11-29 13:00", True),  # equal: the whole day
        ([{"days": [6], "from": "22:00", "until": "06:00"}], "2026-11-30 01:00", True),  # over the end of the week
        (WORK + NIGHT, "2026-11-28 01:00", True),
    ],
)
def test_a_schedule_counts_at_its_local_times(schedule: list[Any], local: str, counts: bool) -> None:
    for zone in ("Asia/Ho_Chi_Minh", BERLIN):
        at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        assert active(schedule, at, zone) is counts


@pytest.mark.parametrize(
    ("utc", "counts"),
    [
        # Summer time begins on Sunday 2026-03-29: 02:00 becomes 03:00, at 01:00 UTC.
        ("2026-03-28 21:30", True),  # 22:30 on Saturday
        ("2026-03-29 00:59", True),  # 01:59
        ("2026-03-29 01:00", True),  # 03:00
        ("2026-03-29 03:59", True),  # 05:59
        ("2026-03-29 04:00", False),  # 06:00, an hour of clock earlier than the day before
        # It ends on Sunday 2026-10-25: 03:00 becomes 02:00, at 01:00 UTC.
        ("2026-10-24 19:59", False),  # 21:59
        ("2026-10-24 20:00", True),  # 22:00
        ("2026-10-25 00:30", True),  # 02:30, the first
        ("2026-10-25 01:30", True),  # 02:30, the second
        ("2026-10-25 04:59", True),  # 05:59
        ("2026-10-25 05:00", False),  # 06:00
    ],
)
def test_a_schedule_follows_the_wall_clock_over_summer_time(utc: str, counts: bool) -> None:
    saturday_night = [{"days": [5], "from": "22:00", "until": "06:00"}]
    assert active(saturday_night, datetime.fromisoformat(utc).replace(tzinfo=UTC), BERLIN) is counts


@pytest.mark.parametrize(
    ("schedule", "local", "since"),
    [
        ([], "2026-11-27 12:00", None),
        (WORK, "2026-11-27 12:00", "2026-11-27 08:00"),
        (NIGHT, "2026-11-28 02:00", "2026-11-27 22:00"),
        (
            [*NIGHT, {"days": [5], "from": "06:00", "until": "12:00"}],
            "2026-11-28 11:00",
            "2026-11-27 22:00",
        ),  # one after another
        ([{"days": list(range(7)), "from": "00:00", "until": "00:00"}], "2026-11-27 12:00", None),
    ],
)
def test_since_when_a_schedule_counts_without_a_pause(schedule: list[Any], local: str, since: str | None) -> None:
    zone = "Asia/Ho_Chi_Minh"
    at = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
    told = active_since(schedule, at, zone)
    if since is None:
        assert told <= at - timedelta(days=1)
    else:
        began = datetime.fromisoformat(since).replace(tzinfo=ZoneInfo(zone))
        assert began <= told <= began + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("point", "polygon", "within"),
    [
        ((0.1, 0.5), LEFT, True),
        ((0.6, 0.5), LEFT, False),
        ((0.5, 0.5), MIDDLE, True),
        ((0.1, 0.1), MIDDLE, False),
        # A notch is cut out of the top.
        ((0.5, 0.2), ((0.0, 0.0), (0.4, 0.0), (0.5, 0.5), (0.6, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)), False),
        ((0.5, 0.7), ((0.0, 0.0), (0.4, 0.0), (0.5, 0.5), (0.6, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)), True),
    ],
)
def test_a_point_lies_in_a_polygon_or_not(
    point: tuple[float, float], polygon: tuple[tuple[float, float], ...], within: bool
) -> None:
    assert inside(point, polygon) is within


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 3))
def test_where_a_polygon_begins_and_its_turn_do_not_matter(x: float, y: float, start: int) -> None:
    turned = MIDDLE[start:] + MIDDLE[:start]
    assert inside((x, y), MIDDLE) is inside((x, y), turned)
    if 0.25 not in (x, y) and 0.75 not in (x, y):
        assert inside((x, y), MIDDLE) is inside((x, y), tuple(reversed(turned)))


def test_points_that_fit_are_taken_and_rounded() -> None:
    assert valid_points([[0, 0], [1, 0.123456], [0.5, 1]], AreaKind.WATCH) == [[0.0, 0.0], [1.0, 0.1235], [0.5, 1.0]]
    assert valid_points([[0, 0], [1, 1]], AreaKind.EXIT) == [[0.0, 0.0], [1.0, 1.0]]


TRIANGLE: list[Any] = [[0, 0], [1, 0], [0, 1]]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, AreaKind.WATCH),
        ("points", AreaKind.WATCH),
        ({}, AreaKind.WATCH),
        (TRIANGLE[:2], AreaKind.WATCH),
        (TRIANGLE, AreaKind.EXIT),
        (TRIANGLE[:1], AreaKind.EXIT),
        ([[0.5, 0.5]] * (MOST_POINTS + 1), AreaKind.WATCH),
        ([*TRIANGLE, [0]], AreaKind.WATCH),
        ([*TRIANGLE, [0, 0, 0]], AreaKind.WATCH),
        ([*TRIANGLE, [0, 1.01]], AreaKind.WATCH),
        ([*TRIANGLE, [-0.01, 0]], AreaKind.WATCH),
        ([*TRIANGLE, [float("nan"), 0]], AreaKind.WATCH),
        ([*TRIANGLE, [float("inf"), 0]], AreaKind.WATCH),
        ([*TRIANGLE, ["0", 0]], AreaKind.WATCH),
        ([*TRIANGLE, [True, 0]], AreaKind.WATCH),
        ([*TRIANGLE, None], AreaKind.WATCH),
    ],
)
def test_points_that_do_not_fit_are_refused(value: Any, kind: AreaKind) -> None:
    with pytest.raises(BadInput):
        valid_points(value, kind)


ENTRY: dict[str, Any] = {"days": [6, 0, 6], "from": "22:00", "until": "06:00", "more": 1}


def test_a_schedule_that_fits_is_taken_without_what_does_not_belong_to_it() -> None:
    assert valid_schedule([ENTRY]) == [{"days": [0, 6], "from": "22:00", "until": "06:00"}]
    assert valid_schedule([]) == []


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        [None],
        [ENTRY] * (MOST_ENTRIES + 1),
        [ENTRY | {"days": []}],
        [ENTRY | {"days": [7]}],
        [ENTRY | {"days": [True]}],
        [ENTRY | {"days": 1}],
        [ENTRY | {"from": "24:00"}],
        [ENTRY | {"from": "9:00"}],
        [ENTRY | {"until": None}],
        [ENTRY | {"until": "06:00:00"}],
        [{"days": [1]}],
    ],
)
def test_a_schedule_that_does_not_fit_is_refused(value: Any) -> None:
    with pytest.raises(BadInput):
        valid_schedule(value)


def area(kind: AreaKind, points: tuple[tuple[float, float], ...]) -> Area:
    return Area(kind, "", points)


def test_only_areas_to_watch_are_watched_less_what_is_ignored_or_private() -> None:
    shape = (40, 60)
    closed, leaving = area(AreaKind.CLOSED, LEFT), area(AreaKind.EXIT, LEFT[:2])
    assert mask([closed, leaving], shape) is None
    watched = mask([area(AreaKind.WATCH, LEFT), closed], shape)
    assert watched is not None
    assert watched[20, 10]
    assert not watched[20, 50]
    for kind in (AreaKind.IGNORE, AreaKind.PRIVACY):
        cut = mask([area(kind, MIDDLE), area(AreaKind.WATCH, LEFT)], shape)
        assert cut is not None
        assert (bool(cut[20, 5]), bool(cut[20, 25]), bool(cut[20, 50])) == (True, False, False)
        rest = mask([area(kind, MIDDLE)], shape)
        assert rest is not None
        assert (bool(rest[2, 50]), bool(rest[20, 30])) == (True, False)


def test_of_a_private_part_nothing_is_left_in_the_picture() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (40, 60, 3), np.uint8)
    covered = blur_privacy(noise, [area(AreaKind.PRIVACY, MIDDLE)])
    assert len(np.unique(covered[11:29, 16:44].reshape(-1, 3), axis=0)) == 1
    assert np.array_equal(covered[:9], noise[:9])
    assert blur_privacy(noise, [area(AreaKind.IGNORE, MIDDLE)]) is noise
