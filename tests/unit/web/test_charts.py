"""Curves reckoned for SVG: where nothing was counted there is no line, and marks say from where the curve is shown."""

from __future__ import annotations

import pytest

from web.shared.charts import HEIGHT, LEFT, RIGHT, TOP, WIDTH, curve, stacked


def test_a_day_without_a_value_breaks_the_line() -> None:
    drawn = curve([1.0, 0.95, None, 0.9, None])
    assert [piece.count("L") for piece in drawn.pieces] == [1, 0]
    assert [place for _x, _y, place in drawn.dots] == [0, 1, 3]
    assert drawn.marks == ((float(HEIGHT), 0.9), (round(TOP + (HEIGHT - TOP) / 2, 1), 0.95), (float(TOP), 1.0))


@pytest.mark.parametrize(("values", "lowest"), [([0.0], 0.0), ([0.37, 1.0], 0.3), ([1.0, 1.0], 0.9), ([None], 0.0), ([], 0.0)])
def test_the_curve_lies_within_its_marks(values: list[float | None], lowest: float) -> None:
    drawn = curve(values)
    assert drawn.marks[0][1] == pytest.approx(lowest)
    assert all(TOP <= y <= HEIGHT and LEFT <= x <= WIDTH - RIGHT for x, y, _place in drawn.dots)


@pytest.mark.parametrize(("many", "named"), [(1, [0]), (2, [0, 1]), (30, [0, 7, 14, 22, 29])])
def test_some_days_are_named_below(many: int, named: list[int]) -> None:
    feet = curve([0.5] * many).feet
    assert [place for _x, _anchor, place in feet] == named
    assert [anchor for _x, anchor, _place in feet] == (
        ["middle"] if many == 1 else ["start", *["middle"] * (len(named) - 2), "end"]
    )


def test_parts_of_a_bar_stand_upon_each_other_and_nothing_is_drawn_for_nothing() -> None:
    drawn = stacked([(2, 0, 1), (0, 0, 0), (0, 4, 0)])
    assert [(kind, place) for *_box, kind, place in drawn.parts] == [(0, 0), (2, 0), (1, 2)]
    (lowest, upper, other) = drawn.parts
    assert upper[1] + upper[3] == pytest.approx(lowest[1], abs=0.1)
    assert lowest[1] + lowest[3] == pytest.approx(HEIGHT, abs=0.1)
    assert (other[1], other[3]) == (float(TOP), float(HEIGHT - TOP))


@pytest.mark.parametrize("highest", [0, 1, 3, 4, 7, 40, 12_345])
def test_marks_are_whole_numbers_that_hold_the_highest_bar(highest: int) -> None:
    marks = [count for _y, count in stacked([[highest]]).marks]
    assert marks[0] == 0
    assert marks[-1] >= highest
    assert len(set(marks)) == len(marks) <= 6
