"""Parts of the report that need no database: lists packed, times, units that became others, gaps, definitions, reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models.daily_report import NO_UNIT, ListKind
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput
from monitor.reports.definitions import BY_UNIT, CHARTED, FIGURES, GROUPS, stored
from monitor.reports.gaps import MOST_UNITS, Open, gaps_of
from monitor.reports.kept import Kept
from monitor.reports.lists import pack, unpack
from monitor.reports.reading import value_of
from monitor.reports.successors import Known, Units
from monitor.reports.times import SHIPPED, STEPS, Times, day_at, of_day, read_times
from web.shared import charts

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = date(2026, 11, 23)


@given(st.lists(st.integers(0, 2**32 - 1)))
def test_a_list_comes_back_sorted_and_each_number_once(numbers: list[int]) -> None:
    packed = pack(ListKind.RESIDENT, numbers)
    assert list(unpack(packed.numbers)) == sorted(set(numbers))
    assert packed.count == len(set(numbers))


def test_the_same_list_has_the_same_digest_and_another_kind_another_one() -> None:
    one, again = pack(ListKind.RESIDENT, [3, 1, 2]), pack(ListKind.RESIDENT, {1, 2, 3})
    assert one == again
    assert one.digest != pack(ListKind.CHECK_IN, [1, 2, 3]).digest
    assert one.digest != pack(ListKind.RESIDENT, [1, 2]).digest


def test_a_whole_commune_takes_little_more_than_a_byte_a_person() -> None:
    packed = pack(ListKind.RESIDENT, (each * 168 + each % 50 for each in range(2000)))
    assert len(packed.numbers) < 2 * 2000


def test_a_day_of_reports_is_by_the_wall_clock_of_the_province() -> None:
    late = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    today = day_at(SHIPPED, late, HERE)
    assert today.day == DAY
    assert today.cut_off == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    assert [getattr(today, each) - today.cut_off for each in ("remind_at", "alarm_at", "provisional_at", "due_at")] == [
        timedelta(minutes=each) for each in (-30, 30, 45, 60)
    ]


def test_a_fast_clock_makes_a_day_of_minutes_with_its_parts_in_their_order() -> None:
    began = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    fast = replace(SHIPPED, fast_since=began, fast=timedelta(minutes=5))
    for number in range(4):
        today = day_at(fast, began + timedelta(minutes=5 * number + 1), HERE)
        assert today.day == DAY + timedelta(days=number)
        moments = [getattr(today, each) for each in ("begins", "remind_at", "cut_off", "alarm_at", "provisional_at", "due_at")]
        assert moments == sorted(set(moments))
        assert moments[0] == began + timedelta(minutes=5 * number)
        assert moments[-1] < moments[0] + timedelta(minutes=5)
        assert of_day(fast, today.day, HERE) == today
    # Before it began it is the first day, however the clock was set.
    assert day_at(fast, began - timedelta(days=3), HERE).day == DAY


GIVEN = {step: f"{getattr(SHIPPED, step):%H:%M}" for step in STEPS}


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"remind_at": "nine"}, "remind_at"),
        ({"due_at": "24:00"}, "due_at"),
        ({"due_at": "1500"}, "due_at"),
        ({"alarm_at": "14:5"}, "alarm_at"),
        ({"call_at": "13:30"}, "call_at"),
        ({"cut_off_at": "13:30"}, "remind_at"),
        ({"alarm_at": "14:00"}, "alarm_at"),
        ({"provisional_at": "14:30"}, "provisional_at"),
        ({"due_at": "14:45"}, "due_at"),
    ],
)
def test_times_that_cannot_be_are_told_at_their_field(typed: dict[str, str], field: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_times(GIVEN | typed, SHIPPED)
    assert caught.value.field == field


def test_times_as_typed() -> None:
    assert read_times(GIVEN | {"due_at": " 9:05 ", **dict.fromkeys([], "")} | {"due_at": "16:05"}, SHIPPED) == replace(
        SHIPPED, due_at=time(16, 5)
    )
    assert read_times(GIVEN, Times(runs=False, alarm_account_id=3)).alarm_account_id == 3


def unit(number: int, year: int = 2025) -> UnitKey:
    return UnitKey(str(number), date(year, 7, 1))


def known(key: UnitKey, ends: date | None = None, became: UnitKey | None = None) -> Known:
    return Known(key, f"Xã {key.code}", f"Commune {key.code}", ends, became)


def test_a_unit_goes_on_under_the_name_of_what_it_became_and_not_before_its_day() -> None:
    old, new, newest = unit(1), unit(2, 2026), unit(3, 2027)
    table = {
        old: known(old, DAY, new),
        new: known(new, date(2027, 6, 30), newest),
        newest: known(newest),
    }
    assert Units(table, DAY).today(str(old)) == str(old)
    assert Units(table, DAY + timedelta(days=1)).today(str(old)) == str(new)
    assert Units(table, date(2027, 7, 1)).today(str(old)) == str(newest)
    assert Units(table, date(2027, 7, 1)).merged([str(old), str(new), str(newest)]) == {str(newest): [str(old), str(new)]}


def test_a_circle_of_units_ends_and_what_nobody_knows_stays_as_it_is() -> None:
    one, other = unit(1), unit(2)
    table = {one: known(one, DAY - timedelta(days=1), other), other: known(other, DAY - timedelta(days=1), one)}
    assert Units(table, DAY).today(str(one)) in (str(one), str(other))
    for strange in (NO_UNIT, str(unit(9))):
        assert Units(table, DAY).today(strange) == strange
    assert Units(table, DAY).names(NO_UNIT) == ("", "")
    assert Units(table, DAY).names(str(unit(9))) == ("9", "9")


def test_gaps_name_the_units_with_most_people_first_and_count_the_rest() -> None:
    many = {f"Xã {number:02}": number for number in range(1, MOST_UNITS + 4)} | {"": 5}
    said = [each.say(str) for each in gaps_of(Open("14:45", many, [f"Đơn vị {each}" for each in range(22)]))]
    assert said[0] == "No person had released this report by 14:45; it left by itself."
    assert said[1] == "Xã 23: 23 people do not add up with the last report."
    assert said[MOST_UNITS + 1] == "And in 4 other units."
    assert said[-2].startswith("Nothing was entered by: Đơn vị 0, Đơn vị 1, ")
    assert said[-1] == "And by 2 other reporters."
    assert len(said) == 1 + MOST_UNITS + 3
    assert gaps_of(Open("14:45", {}))[1:] == []
    assert gaps_of(Open("14:45", {"": 2}))[1].say(str).startswith("Without a unit: 2")


def test_every_figure_that_is_shown_or_made_of_others_is_defined_and_sums_open_lists_of_one_kind() -> None:
    shown = {key for group in GROUPS for line in group.lines for key in line if key} | set(BY_UNIT) | set(CHARTED)
    assert shown <= FIGURES.keys()
    for figure in FIGURES.values():
        for key in (*figure.parts, *(figure.share or ())):
            assert key in FIGURES
        if figure.parts:
            assert {FIGURES[key].lists for key in figure.parts} == {figure.lists}
        # What has no list says nothing of people under an order.
        assert figure.lists is not None or figure.share is not None or figure.key.startswith("coverage.")
        assert len(figure.key) <= 60
    for group in GROUPS:
        assert all(len(line) == (len(group.columns) or 1) for line in group.lines)


def test_sums_and_shares_follow_from_what_is_kept_and_unknown_is_no_zero() -> None:
    figures = {
        "central.now": Kept(4.0, {"a": (4.0, "x")}),
        "home.now": Kept(5.0, {"a": (1.0, "y"), "b": (4.0, "z")}),
        "medical.now": Kept(0.0),
        "checks.done": Kept(6.0, {"a": (5.0, "v"), "b": (1.0, "w")}),
    }
    assert [value_of(figures, "all.now", unit) for unit in ("", "a", "b", "c")] == [9, 5, 4, 0]
    assert [value_of(figures, "checks.share", unit) for unit in ("", "a", "b", "c")] == [6 / 9, 1.0, 0.25, None]
    assert value_of(figures, "all.new") is None
    assert value_of({}, "checks.share") is None
    assert all(stored(FIGURES[key]) for key in figures)


@pytest.mark.parametrize(
    ("values", "marks"),
    [([0, 0], [0, 1, 2]), ([3, 1], [0, 2, 4]), ([None, 73], [0, 50, 100]), ([150, 10], [0, 100, 200]), ([], [0, 1, 2])],
)
def test_a_chart_of_counts_has_whole_numbers_at_its_side(values: list[float | None], marks: list[float]) -> None:
    assert [mark for _y, mark in charts.counts(values).marks] == marks
