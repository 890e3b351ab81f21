"""Crossing a line at an exit, by tables of paths and by properties of all paths."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.vision.motion.tracking import FORGET_SECONDS, MARGIN, Crossing, LineTracker, foot

Point = tuple[float, float]
# A door in the middle of the picture: its line goes from the left to the right, so the lower side is its right, which is outside.
DOOR = ((0.3, 0.5), (0.7, 0.5))


def directions(path: list[Point | None], seconds: float = 0.5, line: tuple[Point, Point] = DOOR) -> list[str]:
    tracker = LineTracker(*line)
    found: list[Crossing] = []
    for number, point in enumerate(path):
        found += tracker.look([] if point is None else [point], number * seconds)
    return [each.direction for each in found]


def walk(*rows: float, x: float = 0.5) -> list[Point | None]:
    return [(x, row) for row in rows]


@pytest.mark.parametrize(
    ("case", "path", "found"),
    [
        ("out", walk(0.2, 0.4, 0.6, 0.8), ["out"]),
        ("in", walk(0.8, 0.6, 0.4, 0.2), ["in"]),
        ("up to the line and back", walk(0.2, 0.4, 0.48, 0.4, 0.2), []),
        ("onto the line and back", walk(0.3, 0.51, 0.3), []),
        ("standing on the line", walk(0.3, 0.49, 0.51, 0.49, 0.52, 0.5, 0.48, 0.51), []),
        ("standing on the line, then out", walk(0.3, 0.49, 0.51, 0.49, 0.52, 0.5, 0.48, 0.51, 0.7), ["out"]),
        ("swaying on it, exactly on it too", walk(0.3, 0.5, 0.5, 0.5, 0.7), ["out"]),
        ("out and in again", walk(0.3, 0.6, 0.8, 0.6, 0.3), ["out", "in"]),
        ("first seen on the line", walk(0.5, 0.7), []),
        ("beside the door", walk(0.2, 0.4, 0.6, 0.8, x=0.1), []),
        ("round its end", [(0.4, 0.3), (0.25, 0.45), (0.25, 0.55), (0.4, 0.7)], []),
        ("a picture without them", [(0.5, 0.3), None, (0.5, 0.6)], ["out"]),
        ("through it, and back round its end", [(0.35, 0.4), (0.35, 0.51), (0.25, 0.51), (0.25, 0.4)], []),
        ("gone for long", [(0.5, 0.3), *[None] * 8, (0.5, 0.6)], []),
        ("too far for one person", [(0.05, 0.1), (0.65, 0.9)], []),
        ("nobody", [], []),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_path_crosses_in_these_directions(case: str, path: list[Point | None], found: list[str]) -> None:
    assert directions(path) == found


@pytest.mark.parametrize("seconds", [0.2, 0.5, 1.0, 2.0])
def test_somebody_is_followed_at_every_pace_of_pictures(seconds: float) -> None:
    speed = 0.15  # heights of the picture a second: a room of some 8 m
    path = walk(*(0.2 + speed * seconds * step for step in range(round(0.6 / (speed * seconds)) + 1)))
    assert directions(path, seconds) == ["out"]


@pytest.mark.parametrize(
    ("line", "path", "found"),
    [
        (DOOR, [(0.5, 0.3), (0.5, 0.6)], ["out"]),
        ((DOOR[1], DOOR[0]), [(0.5, 0.3), (0.5, 0.6)], ["in"]),
        # From the bottom to the top: its right is the right of the picture.
        (((0.5, 0.9), (0.5, 0.1)), [(0.4, 0.5), (0.6, 0.5)], ["out"]),
        (((0.5, 0.1), (0.5, 0.9)), [(0.4, 0.5), (0.6, 0.5)], ["in"]),
    ],
)
def test_out_is_from_the_left_to_the_right_seen_along_the_line(
    line: tuple[Point, Point], path: list[Point | None], found: list[str]
) -> None:
    assert directions(path, line=line) == found


def test_two_who_pass_each_other_are_told_apart() -> None:
    tracker = LineTracker(*DOOR)
    found = []
    for number in range(9):
        down, up = 0.2 + number * 0.07, 0.8 - number * 0.07
        found += tracker.look([(0.4, down), (0.6, up)], number * 0.4)
    assert sorted(each.direction for each in found) == ["in", "out"]


def test_the_time_is_that_of_the_first_picture_beyond_the_line() -> None:
    tracker = LineTracker(*DOOR)
    assert tracker.look([(0.5, 0.4)], 10.0) == []
    assert tracker.look([(0.5, 0.51)], 10.5) == []
    assert tracker.look([(0.5, 0.6)], 11.0) == [Crossing("out", 11.0)]


def test_a_line_without_length_is_refused() -> None:
    with pytest.raises(ValueError, match="two different points"):
        LineTracker((0.5, 0.5), (0.5, 0.5))


def test_feet_are_in_the_middle_of_the_lower_edge() -> None:
    assert foot((0.2, 0.1, 0.2, 0.5)) == pytest.approx((0.3, 0.6))


_points = st.tuples(st.floats(0, 1), st.floats(0, 1))
_lines = st.tuples(_points, _points).filter(lambda line: abs(line[0][0] - line[1][0]) + abs(line[0][1] - line[1][1]) > 0.1)


@st.composite
def _walks(draw: st.DrawFn) -> list[Point | None]:
    """A path of somebody who is followed all along: no step is longer than feet can go from one picture to the next."""
    x, y = draw(_points)
    path: list[Point | None] = [(x, y)]
    for right, down in draw(st.lists(st.tuples(st.floats(-0.1, 0.1), st.floats(-0.15, 0.15)), max_size=25)):
        x, y = min(max(x + right, 0), 1), min(max(y + down, 0), 1)
        path.append((x, y))
    return path


@given(_walks(), _lines, st.floats(0.3, 2))
def test_the_reverse_path_gives_the_reverse_directions(
    path: list[Point | None], line: tuple[Point, Point], pace: float
) -> None:
    there, back = directions(path, pace, line), directions(path[::-1], pace, line)
    assert [{"in": "out", "out": "in"}[each] for each in reversed(back)] == there


@given(_walks(), _lines)
def test_a_line_drawn_the_other_way_gives_the_other_directions(path: list[Point | None], line: tuple[Point, Point]) -> None:
    other = directions(path, line=(line[1], line[0]))
    assert [{"in": "out", "out": "in"}[each] for each in other] == directions(path, line=line)


@given(_walks(), st.floats(0.1, 0.9))
def test_through_a_line_over_the_whole_picture_nobody_goes_twice_in_one_direction(path: list[Point | None], row: float) -> None:
    found = directions(path, line=((-1.0, row), (2.0, row)))
    assert all(one != other for one, other in pairwise(found))


@given(st.lists(st.floats(-0.9 * MARGIN, 0.9 * MARGIN), max_size=30))
def test_nobody_crosses_by_standing_on_the_line(sway: list[float]) -> None:
    assert directions([(0.5, 0.3), *((0.5, 0.5 + each) for each in sway)]) == []
    assert directions([*((0.5, 0.5 + each) for each in sway), (0.5, 0.3)]) == []


def test_whoever_is_forgotten_begins_anew() -> None:
    tracker = LineTracker(*DOOR)
    tracker.look([(0.5, 0.4)], 0)
    assert tracker.look([(0.5, 0.6)], FORGET_SECONDS + 0.1) == []
