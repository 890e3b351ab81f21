"""Who crosses a line at an exit, and in which direction: feet followed from picture to picture. No clock, no pictures."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from monitor.places.areas import Point

Direction = Literal["in", "out"]

# The line's very ends belong to it, whichever of the two it is measured from.
ROUNDING = 1e-9
# Lengths are in heights of the picture. A side counts from this far off the line on: who stands on it and sways has not crossed.
MARGIN = 0.03
# How far feet may be from where they were: a box's own trembling, and walking fast and near to the camera; never farther than the last.
REACH, REACH_PER_SECOND, FARTHEST = 0.12, 0.6, 0.9
# Somebody not seen for longer is somebody new: pictures come at most 2 s apart while something moves.
FORGET_SECONDS = 3.0


@dataclass(frozen=True)
class Crossing:
    """Somebody went over the line. time_s: when they were first seen beyond it, on the clock of `look`."""

    direction: Direction
    time_s: float


@dataclass
class _Track:
    """One pair of feet. side: the last that counted, -1 left, 1 right, 0 none yet; net: times that the line itself was passed
    to the right, less to the left, since then; off: where it last was not exactly on the line."""

    point: Point
    seen_s: float
    side: int
    off: Point
    net: int = 0


class LineTracker:
    """One line. first, second: its points, 0 to 1 of the picture; aspect: the picture's width over its height.

    Who walks from the left to the right, seen along the line from its first to its second point, goes out. Raises ValueError
    for a line without length.
    """

    def __init__(self, first: Point, second: Point, aspect: float = 16 / 9) -> None:
        self._aspect = aspect
        self._start, end = self._scaled(first), self._scaled(second)
        self._length = math.dist(self._start, end)
        if self._length == 0:
            raise ValueError("a line needs two different points")
        self._along = ((end[0] - self._start[0]) / self._length, (end[1] - self._start[1]) / self._length)
        self._tracks: list[_Track] = []

    def look(self, feet: Iterable[Point], time_s: float) -> list[Crossing]:
        """Take the feet in one picture; who has crossed by it. feet: 0 to 1 of the picture; time_s: on one clock, growing."""
        self._tracks = [each for each in self._tracks if 0 <= time_s - each.seen_s <= FORGET_SECONDS]
        points = [self._scaled(each) for each in feet]
        crossings = []
        for track, number in self._nearest(points, time_s):
            direction = self._step(track, points[number], time_s)
            if direction is not None:
                crossings.append(Crossing(direction, time_s))
        return crossings

    def _nearest(self, points: Sequence[Point], time_s: float) -> list[tuple[_Track, int]]:
        """Tracks with the points that go on with them, nearest pairs first; every other point begins a track."""
        pairs = sorted(
            (
                (math.dist(track.point, point), place, number)
                for place, track in enumerate(self._tracks)
                for number, point in enumerate(points)
            ),
        )
        followed: dict[int, int] = {}
        for distance, place, number in pairs:
            reach = min(REACH + REACH_PER_SECOND * (time_s - self._tracks[place].seen_s), FARTHEST)
            if distance <= reach and place not in followed and number not in followed.values():
                followed[place] = number
        found = [(self._tracks[place], number) for place, number in followed.items()]
        for number, point in enumerate(points):
            if number not in followed.values():
                self._tracks.append(_Track(point, time_s, self._side(point), point))
        return found

    def _step(self, track: _Track, point: Point, time_s: float) -> Direction | None:
        before, now = self._offset(track.off), self._offset(point)
        if before * now < 0:
            share = before / (before - now)
            passed = self._position(track.off) + share * (self._position(point) - self._position(track.off))
            # Round the end of the line is not through the door.
            if -ROUNDING <= passed <= self._length + ROUNDING:
                track.net += 1 if now > 0 else -1
        if now != 0:
            track.off = point
        track.point, track.seen_s = point, time_s
        side = self._side(point)
        if side == 0:
            return None
        crossed: Direction | None = None
        if track.side == -side and track.net == side:
            crossed = "out" if side > 0 else "in"
        track.side, track.net = side, 0
        return crossed

    def _side(self, point: Point) -> int:
        offset = self._offset(point)
        return 0 if abs(offset) < MARGIN else 1 if offset > 0 else -1

    def _offset(self, point: Point) -> float:
        """How far off the line, to its right positive: pictures count their rows downwards."""
        x, y = point[0] - self._start[0], point[1] - self._start[1]
        return self._along[0] * y - self._along[1] * x

    def _position(self, point: Point) -> float:
        """How far along the line."""
        return (point[0] - self._start[0]) * self._along[0] + (point[1] - self._start[1]) * self._along[1]

    def _scaled(self, point: Point) -> Point:
        return (point[0] * self._aspect, point[1])


def foot(box: Sequence[float]) -> Point:
    """Where somebody in a box stands: the middle of its lower edge. box: (x, y, width, height, …), relative."""
    return (box[0] + box[2] / 2, box[1] + box[3])
