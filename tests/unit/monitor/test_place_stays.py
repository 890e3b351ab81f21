"""Stays from scans: certain and possible apart, in whatever order scans come; and what a device's wrong clock makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from monitor.control_points.clocks import Righted, Said, browser_moment, put_right
from monitor.control_points.stays import LONGEST, PlaceRule, Scan, Span, Stay, stays_of
from monitor.models.control_points import Direction, OutKind, Source
from monitor.problems import BadInput

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = datetime(2026, 11, 30, tzinfo=HERE)
FACTORY, HOTEL, SHOP = 1, 2, 3
GATE, SECOND_GATE, CANTEEN, FLOOR, LOBBY, DOOR = 11, 12, 13, 14, 21, 31
PLACES = {GATE: FACTORY, SECOND_GATE: FACTORY, CANTEEN: FACTORY, FLOOR: FACTORY, LOBBY: HOTEL, DOOR: SHOP}
RULES = {
    FACTORY: PlaceRule(None, time(3), HERE),
    HOTEL: PlaceRule(None, None, HERE),
    SHOP: PlaceRule(timedelta(minutes=45), time(3), HERE),
}


def at(clock: str, days: int = 0) -> datetime:
    """A moment on the first day, or so many days later; UTC, as rows have it."""
    hour, minute = clock.split(":")
    return (DAY + timedelta(days=days, hours=int(hour), minutes=int(minute))).astimezone(UTC)


NOW = at("20:00")


def scans(*said: str) -> list[Scan]:
    """ "08:00 in GATE", "17:00 out GATE guard ±60" (minutes)."""
    made = []
    for key, line in enumerate(said, start=1):
        clock, way, point, *rest = line.split()
        number = globals()[point]
        doubt = next((timedelta(minutes=int(each[1:])) for each in rest if each.startswith("±")), timedelta(0))
        day = next((int(each[1:]) for each in rest if each.startswith("+")), 0)
        source = next((Source(each) for each in rest if each in tuple(Source)), Source.SELF)
        gate = number not in (CANTEEN, FLOOR)
        made.append(Scan(key, at(clock, day), PLACES[number], number, gate, Direction(way), source, doubt))
    return made


def told(stays: Sequence[Stay]) -> list[tuple[object, ...]]:
    """(point, in, out, out_kind, certain, possible) with clocks as text."""

    def clock(moment: datetime | None) -> str | None:
        return moment and moment.astimezone(HERE).strftime("%H:%M")

    def span(each: Span | None) -> str | None:
        return each and f"{clock(each.start)}-{clock(each.end)}"

    return [
        (stay.point, clock(stay.in_at), clock(stay.out_at), stay.out_kind, span(stay.certain), span(stay.possible))
        for stay in stays
    ]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(
            ["08:00 in GATE", "17:00 out GATE"],
            [(GATE, "08:00", "17:00", OutKind.SCANNED, "08:00-17:00", "08:00-17:00")],
            id="in and out",
        ),
        pytest.param(
            ["08:00 in GATE", "17:00 out GATE guard"],
            [(GATE, "08:00", "17:00", OutKind.GUARD, "08:00-17:00", "08:00-17:00")],
            id="a guard scanned the exit",
        ),
        pytest.param(["08:00 in GATE"], [(GATE, "08:00", None, None, "08:00-08:00", "08:00-20:00")], id="it goes on"),
        pytest.param(
            ["08:00 in DOOR"],
            [(DOOR, "08:00", "08:45", OutKind.PLACE_DEFAULT, "08:00-08:00", "08:00-08:45")],
            id="no exit: the place’s usual time",
        ),
        pytest.param(
            ["08:00 in DOOR", "08:20 in GATE"],
            [
                (DOOR, "08:00", "08:20", OutKind.NEXT_CHECK_IN, "08:00-08:00", "08:00-08:20"),
                (GATE, "08:20", None, None, "08:20-08:20", "08:20-20:00"),
            ],
            id="no exit: the next check-in elsewhere",
        ),
        pytest.param(
            ["08:00 in DOOR", "11:00 in GATE"],
            [
                (DOOR, "08:00", "08:45", OutKind.PLACE_DEFAULT, "08:00-08:00", "08:00-08:45"),
                (GATE, "11:00", None, None, "11:00-11:00", "11:00-20:00"),
            ],
            id="the usual time was over before the next check-in",
        ),
        pytest.param(
            ["08:00 in DOOR", "11:30 out DOOR"],
            [(DOOR, "08:00", "11:30", OutKind.SCANNED, "08:00-11:30", "08:00-11:30")],
            id="stayed longer than usual: the scanned exit counts",
        ),
        pytest.param(
            ["08:00 in GATE", "08:03 in GATE", "17:00 out GATE", "17:01 out GATE"],
            [(GATE, "08:00", "17:00", OutKind.SCANNED, "08:00-17:00", "08:00-17:00")],
            id="held there twice, in and out",
        ),
        pytest.param(
            ["08:00 in GATE", "13:00 in GATE", "17:00 out GATE"],
            [
                (GATE, "08:00", "13:00", OutKind.NEXT_CHECK_IN, "08:00-08:00", "08:00-13:00"),
                (GATE, "13:00", "17:00", OutKind.SCANNED, "13:00-17:00", "13:00-17:00"),
            ],
            id="went to lunch without scanning: not surely there in between",
        ),
        pytest.param(
            ["07:00 out GATE"],
            [(GATE, None, "07:00", OutKind.SCANNED, "07:00-07:00", "03:00-07:00")],
            id="an exit without an entry: since the closing at night",
        ),
        pytest.param(
            ["08:00 in DOOR", "10:00 out GATE"],
            [
                (DOOR, "08:00", "08:45", OutKind.PLACE_DEFAULT, "08:00-08:00", "08:00-08:45"),
                (GATE, None, "10:00", OutKind.SCANNED, "10:00-10:00", "08:00-10:00"),
            ],
            id="an exit without an entry: not since before they were elsewhere",
        ),
        pytest.param(
            ["08:00 in GATE", "12:00 in CANTEEN", "12:30 out CANTEEN", "17:00 out GATE"],
            [
                (GATE, "08:00", "17:00", OutKind.SCANNED, "08:00-17:00", "08:00-17:00"),
                (CANTEEN, "12:00", "12:30", OutKind.SCANNED, "12:00-12:30", "12:00-12:30"),
            ],
            id="a room inside does not end the stay behind the gate",
        ),
        pytest.param(
            ["08:00 in GATE", "08:10 in FLOOR", "12:00 in CANTEEN", "17:00 out GATE"],
            [
                (GATE, "08:00", "17:00", OutKind.SCANNED, "08:00-17:00", "08:00-17:00"),
                (FLOOR, "08:10", "12:00", OutKind.NEXT_CHECK_IN, "08:10-08:10", "08:10-12:00"),
                (CANTEEN, "12:00", "17:00", OutKind.NEXT_CHECK_IN, "12:00-12:00", "12:00-17:00"),
            ],
            id="another room ends the room before, the gate ends all of them",
        ),
        pytest.param(
            ["08:00 in GATE", "17:00 out SECOND_GATE"],
            [(GATE, "08:00", "17:00", OutKind.SCANNED, "08:00-17:00", "08:00-17:00")],
            id="in by one gate, out by another",
        ),
        pytest.param(
            ["08:00 in GATE", "09:00 in SECOND_GATE"],
            [
                (GATE, "08:00", "09:00", OutKind.NEXT_CHECK_IN, "08:00-08:00", "08:00-09:00"),
                (SECOND_GATE, "09:00", None, None, "09:00-09:00", "09:00-20:00"),
            ],
            id="in by one gate and again by another: was out in between",
        ),
        pytest.param(
            ["09:00 out GATE guard ±60", "09:20 in GATE ±60"],
            [(GATE, "09:20", "09:00", OutKind.GUARD, None, "08:00-10:20")],
            id="an exit before its entry, as clocks are in doubt: one stay, never certain",
        ),
        pytest.param(
            ["09:00 out GATE", "09:20 in GATE"],
            [
                (GATE, None, "09:00", OutKind.SCANNED, "09:00-09:00", "03:00-09:00"),
                (GATE, "09:20", None, None, "09:20-09:20", "09:20-20:00"),
            ],
            id="an exit before an entry by sure clocks: two stays",
        ),
        pytest.param(
            ["08:00 in GATE ±10", "17:00 out GATE ±5"],
            [(GATE, "08:00", "17:00", OutKind.SCANNED, "08:10-16:55", "07:50-17:05")],
            id="what is in doubt is possible, not certain",
        ),
    ],
)
def test_stays_follow_from_scans(said: list[str], expected: list[tuple[object, ...]]) -> None:
    assert told(stays_of(scans(*said), RULES, NOW).stays) == expected


@pytest.mark.parametrize(
    ("said", "now", "expected"),
    [
        pytest.param(
            ["08:00 in GATE"],
            at("04:00", 1),
            [(GATE, "08:00", "03:00", OutKind.CLOSED_AT_NIGHT, "08:00-08:00", "08:00-03:00")],
            id="forgotten: closed at night",
        ),
        pytest.param(
            ["22:00 in GATE", "06:00 out GATE +1"],
            at("08:00", 1),
            [(GATE, "22:00", "06:00", OutKind.SCANNED, "22:00-06:00", "22:00-06:00")],
            id="a night shift is one certain stay across the closing",
        ),
        pytest.param(
            ["08:00 in GATE", "17:00 out GATE +1"],
            at("20:00", 1),
            [
                (GATE, "08:00", "03:00", OutKind.CLOSED_AT_NIGHT, "08:00-08:00", "08:00-03:00"),
                (GATE, None, "17:00", OutKind.SCANNED, "17:00-17:00", "03:00-17:00"),
            ],
            id="next day’s exit belongs to an entry that nobody scanned",
        ),
        pytest.param(
            ["14:00 in LOBBY", "10:00 out LOBBY +2"],
            at("12:00", 2),
            [(LOBBY, "14:00", "10:00", OutKind.SCANNED, "14:00-10:00", "14:00-10:00")],
            id="a hotel closes never",
        ),
    ],
)
def test_nights_end_what_nobody_ended(said: list[str], now: datetime, expected: list[tuple[object, ...]]) -> None:
    assert told(stays_of(scans(*said), RULES, now).stays) == expected


def test_the_order_in_which_scans_arrive_changes_nothing() -> None:
    day = scans("08:00 in GATE", "08:10 in FLOOR", "12:00 in CANTEEN", "12:30 out CANTEEN", "17:00 out GATE")
    expected = stays_of(day, RULES, NOW)
    assert {stays_of(each, RULES, NOW) for each in permutations(day)} == {expected}


def test_scans_that_only_say_it_again_are_named() -> None:
    assert stays_of(scans("08:00 in GATE", "08:04 in GATE", "17:00 out GATE", "17:05 out GATE"), RULES, NOW).repeated == {2, 4}


def test_a_stay_says_when_it_will_count_as_over() -> None:
    (stay,) = stays_of(scans("19:50 in DOOR"), RULES, NOW).stays
    assert (stay.out_kind, stay.ends_by) == (None, at("20:35"))
    (stay,) = stays_of(scans("08:00 in LOBBY"), RULES, NOW).stays
    assert stay.ends_by is None


def test_what_is_certain_is_possible_and_no_stay_is_longer_than_two_shifts_where_it_closes() -> None:
    for said in (["08:00 in GATE", "07:00 out GATE"], ["01:00 in GATE ±90", "02:00 out GATE ±90"], ["00:10 out GATE ±30"]):
        for stay in stays_of(scans(*said), RULES, NOW).stays:
            if stay.certain is not None:
                assert stay.possible.start <= stay.certain.start <= stay.certain.end <= stay.possible.end
                assert stay.certain.end - stay.certain.start <= LONGEST


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(Said(at("08:00"), at("08:00"), at("08:00")), Righted(at("08:00"), timedelta(0), timedelta(0)), id="right"),
        pytest.param(
            Said(at("08:00", -1), at("08:30", -1), at("08:30")),
            Righted(at("08:00"), timedelta(0), -timedelta(days=1)),
            id="a day slow, steady: put right",
        ),
        pytest.param(
            Said(at("08:00", 1), at("20:00", 1), at("20:00")),
            Righted(at("08:00"), timedelta(0), timedelta(days=1)),
            id="a day fast, sent in the evening: put right",
        ),
        pytest.param(
            # Opened at 7 with a clock a day fast, scanned at 8, then the clock was corrected, sent at 20.
            Said(at("08:00", 1), at("20:00"), at("20:00"), at("07:00"), at("07:00", 1)),
            Righted(at("08:00"), timedelta(0), timedelta(0)),
            id="put right between scan and sending: reckoned from when the page was opened",
        ),
        pytest.param(
            # Opened with a right clock; set back by a day before the scan.
            Said(at("08:00", -1), at("20:00", -1), at("20:00"), at("07:00"), at("07:00")),
            Righted(at("08:00"), timedelta(0), -timedelta(days=1)),
            id="set back between opening and scan: reckoned from the sending",
        ),
        pytest.param(
            # Put forward by an hour at some time between: nobody knows on which side of the scan.
            Said(at("10:00"), at("21:00"), at("20:00"), at("07:00"), at("07:00")),
            Righted(at("10:00"), timedelta(hours=1), timedelta(hours=1)),
            id="an hour of doubt, said as doubt",
        ),
        pytest.param(
            Said(at("09:00", 3), at("08:00", -3), at("20:00"), at("07:00"), at("07:00")),
            Righted(at("20:00"), timedelta(hours=13), at("08:00", -3) - at("20:00")),
            id="no way of reckoning is possible: any time since the page was opened",
        ),
        pytest.param(
            Said(at("08:00"), at("08:01"), at("08:00")),
            Righted(at("07:59"), timedelta(0), timedelta(0)),
            id="a minute is no matter",
        ),
    ],
)
def test_a_wrong_clock_is_noticed_and_put_right(said: Said, expected: Righted) -> None:
    assert put_right(said) == expected
    assert put_right(said).noticed == (abs(expected.off) > timedelta(minutes=2))


@pytest.mark.parametrize(
    ("told", "year"), [(1_796_000_000_000, 2026), ("1796000000000", 2026), (0, 2000), (-(10**13), 2000), (10**14, 2100)]
)
def test_whatever_a_browser_calls_the_time_can_be_reckoned_with(told: object, year: int) -> None:
    assert browser_moment(told).year == year


@pytest.mark.parametrize("told", [None, "", "now", 1.5, 10**30, [1]])
def test_what_is_no_moment_is_told(told: object) -> None:
    with pytest.raises(BadInput):
        browser_moment(told)
