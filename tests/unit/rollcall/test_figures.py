"""What figures mean: when a day is counted again, how days are added, and that each reason of a closed window has its cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.models.rollcalls.rounds import CheckInState
from monitor.models.service import OutagePart
from monitor.reports.figures import ANSWERED_WITHIN, LATER, NEVER, added, median_bound, next_count, share, window
from rollcall.checkins.checkin import Window, close
from rollcall.checkins.excusing import ORDER_OVER
from rollcall.reporting.causes import Cause, cause_of

END = datetime(2026, 11, 30, 17, tzinfo=UTC)
AT = datetime(2026, 11, 30, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("before_end", "again"),
    [
        (timedelta(hours=5), timedelta(minutes=15) - timedelta(hours=5)),
        (timedelta(minutes=1), timedelta(minutes=14)),
        (timedelta(0), timedelta(hours=2)),
        (-timedelta(hours=2), timedelta(days=1)),
        (-timedelta(days=2), timedelta(days=3)),
        (-timedelta(days=7), timedelta(days=30)),
        (-timedelta(days=30), None),
        (-timedelta(days=400), None),
    ],
)
def test_a_day_is_counted_while_it_lasts_and_some_times_after(before_end: timedelta, again: timedelta | None) -> None:
    assert next_count(END, END - before_end) == (None if again is None else END + again)


def test_a_day_is_that_of_the_zones_calendar() -> None:
    assert window(date(2026, 12, 1), "Asia/Ho_Chi_Minh").begin.astimezone(UTC) == END
    # The day on which clocks go forward has 23 hours.
    short = window(date(2026, 3, 29), "Europe/Berlin")
    assert short.end.astimezone(UTC) - short.begin.astimezone(UTC) == timedelta(hours=23)


def test_counts_are_added_part_by_part() -> None:
    first, second = {"causes": {"away": 2}, "alerts": {"soon": 1}}, {"causes": {"away": 3, "seen": 1}}
    assert added([first, second]) == {"causes": {"away": 5, "seen": 1}, "alerts": {"soon": 1}}
    assert first == {"causes": {"away": 2}, "alerts": {"soon": 1}}
    assert added([]) == {}


@pytest.mark.parametrize(
    ("parts", "bound"),
    [
        ({}, None),
        ({NEVER: 4}, None),
        ({"1": 1}, "1"),
        ({"1": 1, "5": 1}, "1"),
        ({"1": 1, "5": 2}, "5"),
        ({"20": 3, LATER: 4}, LATER),
        ({"5": 3, LATER: 1, NEVER: 90}, "5"),
    ],
)
def test_the_median_is_the_bound_within_which_half_lie(parts: dict[str, int], bound: str | None) -> None:
    assert median_bound(parts, ANSWERED_WITHIN) == bound


def test_of_nothing_there_is_no_share() -> None:
    assert share(0, 0) is None
    assert share(1, 4) == 0.25


OPEN = Window(AT, AT + timedelta(minutes=20), "Asia/Ho_Chi_Minh")


@pytest.mark.parametrize(
    ("happened", "cause"),
    [
        (replace(OPEN, delivered_at=AT), Cause.NO_ANSWER),
        (replace(OPEN, sent_at=AT), Cause.NOT_CONFIRMED),
        (OPEN, Cause.NOT_KNOWN),
        (replace(OPEN, outage_at=AT), Cause.OUR_SERVICE),
        (replace(OPEN, outage_at=AT, outage_part=OutagePart.PAGE), Cause.OUR_PAGE),
        (replace(OPEN, outage_at=AT, outage_part=OutagePart.GATEWAY), Cause.OUR_MESSAGES),
        (replace(OPEN, outage_at=AT, outage_part=OutagePart.LINE), Cause.OUR_LINE),
        (replace(OPEN, stopped_at=AT), Cause.STOPPED),
        (replace(OPEN, exemption="dialysis"), Cause.AWAY),
        (replace(OPEN, camera_excuses=True, seen_at=AT), Cause.SEEN),
    ],
)
def test_each_reason_of_a_closed_window_has_its_cause(happened: Window, cause: Cause) -> None:
    step = close(happened)
    assert cause_of(step.state, [each.dump() for each in step.reasons]) is cause


def test_other_reasons_are_of_whoever_decided() -> None:
    assert cause_of(CheckInState.EXCUSED, [ORDER_OVER.dump()]) is Cause.ORDER_OVER
    assert cause_of(CheckInState.EXCUSED, []) is Cause.DECIDED
    assert cause_of(CheckInState.EXCUSED, [{"template": "The bus was late", "values": {}}]) is Cause.DECIDED
    assert cause_of(CheckInState.MISSED, []) is Cause.NO_ANSWER
