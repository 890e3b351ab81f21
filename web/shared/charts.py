"""Curves and stacked bars over days, reckoned for SVG: pure numbers in, coordinates out; templates draw them and write the words."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT = 640, 210, 84, 14, 12, 30
"""Of the drawing, in its own units; the curve lies within LEFT, RIGHT, TOP and above FOOT."""
MOST_MARKS = 5


@dataclass(frozen=True)
class Curve:
    """A curve of shares from 0 to 1.

    pieces: paths of neighbouring values, since where nothing was counted there is no line; dots: (x, y, place of the value);
    marks: (y, share) along the left; feet: (x, anchor, place) of the values that are named below.
    """

    pieces: tuple[str, ...]
    dots: tuple[tuple[float, float, int], ...]
    marks: tuple[tuple[float, float], ...]
    feet: tuple[tuple[float, str, int], ...]


def curve(values: Sequence[float | None], *, lowest: float | None = None) -> Curve:
    """A curve through these, from the left to the right; None: nothing is known of that place. lowest: the share at the bottom."""
    known = [each for each in values if each is not None]
    if lowest is None:
        # Where all are high, what differs is looked at closely; the marks say from where.
        lowest = min(math.floor(min(known, default=0.0) * 10) / 10, 0.9)
    bottom = lowest
    step = (WIDTH - LEFT - RIGHT) / max(1, len(values) - 1)
    middle = (LEFT + WIDTH - RIGHT) / 2

    def x_of(place: int) -> float:
        return round(LEFT + step * place if len(values) > 1 else middle, 1)

    def y_of(value: float) -> float:
        return round(TOP + (HEIGHT - TOP) * (1 - (value - bottom) / (1 - bottom)), 1)

    dots = [(x_of(place), y_of(value), place) for place, value in enumerate(values) if value is not None]
    pieces: list[str] = []
    before = -2
    for x, y, place in dots:
        if place == before + 1:
            pieces[-1] += f"L{x} {y}"
        else:
            pieces.append(f"M{x} {y}")
        before = place
    shares = [lowest, (lowest + 1) / 2, 1.0]
    marks = tuple((y_of(share), share) for share in shares)
    return Curve(tuple(pieces), tuple(dots), marks, tuple(_feet(len(values), x_of)))


def counts(values: Sequence[float | None]) -> Curve:
    """The same of numbers from nothing to the highest; the marks are numbers: nothing, half, and the next round one above the highest."""
    known = [each for each in values if each is not None]
    highest = _round_above(max(known, default=0.0))
    drawn = curve([None if each is None else each / highest for each in values], lowest=0.0)
    return Curve(drawn.pieces, drawn.dots, tuple((y, share * highest) for y, share in drawn.marks), drawn.feet)


def _round_above(value: float) -> float:
    """2, 4, 10, 20, 40, 100 …: half of it is whole too."""
    size = 10.0 ** max(0, math.floor(math.log10(value))) if value >= 1 else 1.0
    return next(each for each in (2 * size, 4 * size, 10 * size) if each >= value)


def _feet(many: int, x_of: Callable[[int], float]) -> list[tuple[float, str, int]]:
    count = min(many, MOST_MARKS)
    places = sorted({round(each * (many - 1) / max(1, count - 1)) for each in range(count)})
    anchors = {0: "start", many - 1: "end"} if many > 1 else {}
    return [(x_of(place), anchors.get(place, "middle"), place) for place in places]


@dataclass(frozen=True)
class Bars:
    """Stacked bars of counts.

    parts: (x, y, width, height, kind, place) of each part that is not empty, the first kind lowest; marks: (y, count) along the left;
    feet: (x, anchor, place) of the bars that are named below.
    """

    parts: tuple[tuple[float, float, float, float, int, int], ...]
    marks: tuple[tuple[float, int], ...]
    feet: tuple[tuple[float, str, int], ...]


def stacked(values: Sequence[Sequence[int]]) -> Bars:
    """Bars of these counts by kind, from the left to the right; a bar of nothing stays a gap."""
    highest = max((sum(each) for each in values), default=0)
    # Whole numbers alone along the left: there is no half case.
    step = max(1, math.ceil(highest / (MOST_MARKS - 1)))
    top = step * max(1, math.ceil(highest / step))
    wide = (WIDTH - LEFT - RIGHT) / max(1, len(values))
    bar = round(min(wide * 0.8, 40.0), 1)
    high = HEIGHT - TOP
    parts: list[tuple[float, float, float, float, int, int]] = []
    for place, counts in enumerate(values):
        below = 0
        for kind, count in enumerate(counts):
            if count:
                y = TOP + high * (1 - (below + count) / top)
                x = LEFT + wide * (place + 0.5) - bar / 2
                parts.append((round(x, 1), round(y, 1), bar, round(high * count / top, 1), kind, place))
                below += count
    marks = tuple((round(TOP + high * (1 - each / top), 1), each) for each in range(0, top + 1, step))
    return Bars(tuple(parts), marks, tuple(_feet(len(values), lambda place: round(LEFT + wide * (place + 0.5), 1))))
