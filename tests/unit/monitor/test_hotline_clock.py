"""The hotline's clocks: the law's, which nothing moves, and those inside with their calendars; by the faults that other products' clocks had."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.hotline.clock import (
    UNANSWERED,
    Calendar,
    Clocks,
    Due,
    Segment,
    after,
    due_now,
    first_contact,
    inner_alarms,
    is_open,
    law_alarms,
    law_due,
    next_look,
)
from monitor.hotline.whom import Reach, Told, whom
from monitor.models.hotline import LAW_LIMIT, AlarmLevel, TicketKind, TicketState
from monitor.working_days import Holidays

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""A Monday, twelve in Vietnam."""
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
VIETNAM = "Asia/Ho_Chi_Minh"
OFFICE = Calendar(tuple(Segment(day, *hours) for day in range(5) for hours in ((8 * 60, 12 * 60), (13 * 60, 17 * 60))), VIETNAM)
FRESH = Clocks(TicketKind.FOOD, TicketState.NEW, NOON, NOON + LAW_LIMIT, NOON)
LAW = {AlarmLevel.UNIT: 3 * HOUR, AlarmLevel.HEAD: 4 * HOUR, AlarmLevel.BREACH: 5 * HOUR}


def local(hour: int, minute: int = 0, day: int = 23) -> datetime:
    """A moment of November 2026 on Vietnam's clock."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC) - 7 * HOUR


def levels(found: list[Due]) -> dict[AlarmLevel, timedelta]:
    return {each.level: each.at - NOON for each in found}


def test_zammad_5177_a_shorter_limit_inside_never_takes_the_place_of_the_laws() -> None:
    shorter = replace(FRESH, told=frozenset(AlarmLevel))
    assert levels(law_alarms(shorter)) == levels(law_alarms(FRESH)) == LAW
    assert next_look(inner_alarms(FRESH, None, None), NOON) == NOON + 15 * MINUTE


def test_zammad_3140_nothing_breaches_after_staff_answered_and_the_caller_is_silent() -> None:
    answered = replace(FRESH, state=TicketState.ANSWERED, first_answered_at=NOON + HOUR)
    assert law_alarms(answered) == inner_alarms(answered, None, None) == []


def test_zammad_5624_after_a_hand_over_the_limit_of_the_new_unit_holds() -> None:
    handed = replace(FRESH, state=TicketState.HANDED_OVER, handed_over_at=local(16, 30))
    by_new = {each.level: each.at for each in inner_alarms(handed, None, OFFICE)}
    assert by_new[AlarmLevel.ACCEPT_LATE] == local(8, 30, day=24)
    day_and_night = {each.level: each.at for each in inner_alarms(handed, None, None)}
    assert day_and_night[AlarmLevel.ACCEPT_LATE] == local(17, 30)
    assert levels(law_alarms(handed)) == LAW


@pytest.mark.parametrize("state", UNANSWERED)
def test_glpi_24481_no_state_is_a_pause(state: TicketState) -> None:
    assert levels(law_alarms(replace(FRESH, state=state, handed_over_at=NOON, bundled=True))) == LAW


def test_glpi_22678_what_comes_before_the_limit_is_exact_with_several_stretches_a_day() -> None:
    assert after(OFFICE, local(11, 50), 15 * MINUTE) == local(13, 5)
    assert after(OFFICE, local(7), 4 * HOUR) == local(12)
    assert after(OFFICE, local(7), 4 * HOUR + MINUTE) == local(13, 1)
    assert levels(law_alarms(FRESH)) == LAW


@pytest.mark.parametrize("calendar", [None, OFFICE])
def test_glpi_15429_nothing_is_late_when_it_is_made(calendar: Calendar | None) -> None:
    alarms = [*law_alarms(FRESH), *inner_alarms(FRESH, calendar, calendar)]
    assert due_now(alarms, NOON) == []
    emergency = replace(FRESH, kind=TicketKind.EMERGENCY)
    assert [each.level for each in due_now(inner_alarms(emergency, calendar, calendar), NOON)] == [AlarmLevel.EMERGENCY]


def test_glpi_5319_every_level_runs_one_after_the_other_and_all_of_them_after_a_standstill() -> None:
    at_once = due_now(law_alarms(FRESH), NOON + 9 * HOUR)
    assert [each.level for each in at_once] == [AlarmLevel.UNIT, AlarmLevel.HEAD, AlarmLevel.BREACH]
    warned = replace(FRESH, warned=True)
    assert [each.level for each in due_now(law_alarms(warned), NOON + 4 * HOUR)] == [AlarmLevel.HEAD]
    both = replace(warned, head_warned=True)
    assert due_now(law_alarms(both), NOON + 5 * HOUR - timedelta(microseconds=1)) == []
    assert [each.level for each in due_now(law_alarms(both), NOON + 5 * HOUR)] == [AlarmLevel.BREACH]


@pytest.mark.parametrize(
    ("start", "span", "ends"),
    [
        (local(12), HOUR, local(14)),
        (local(12, 30), HOUR, local(14)),
        (local(11, 30), HOUR, local(13, 30)),
        (local(16, 30), HOUR, local(8, 30, day=24)),
        (local(17), MINUTE, local(8, 1, day=24)),
        # A whole week of eight hours a day.
        (local(8), 40 * HOUR, local(17, day=27)),
        (local(8), 40 * HOUR + MINUTE, local(8, 1, day=30)),
    ],
)
def test_chatwoot_14009_and_frappe_2212_a_lunch_break_is_no_working_time(
    start: datetime, span: timedelta, ends: datetime
) -> None:
    assert after(OFFICE, start, span) == ends


def test_chatwoot_13392_the_clock_inside_counts_working_time_and_the_laws_the_clock_on_the_wall() -> None:
    evening = replace(FRESH, first_contact_at=local(16), due_at=local(21), waiting_since=local(16))
    late = {each.level: each.at for each in inner_alarms(evening, OFFICE, OFFICE)}
    assert late[AlarmLevel.ANSWER_LATE] == local(11, day=24)
    assert {each.level: each.at for each in law_alarms(evening)}[AlarmLevel.BREACH] == local(21)


def test_osticket_1684_what_was_answered_is_never_overdue() -> None:
    for state in (TicketState.ANSWERED, TicketState.CLOSED):
        ended = replace(FRESH, state=state, first_answered_at=NOON + HOUR)
        assert due_now([*law_alarms(ended), *inner_alarms(ended, None, None)], NOON + 99 * HOUR) == []


def test_frappe_2075_what_comes_on_a_holiday_counts_from_the_first_minute_after_it() -> None:
    feast = replace(OFFICE, holidays=Holidays(frozenset(), {2026: frozenset({date(2026, 11, 23)})}))
    assert after(feast, local(10, 17), 15 * MINUTE) == local(8, 15, day=24)
    assert law_due(local(10, 17)) == local(15, 17)
    assert not is_open(feast, local(10))
    assert is_open(OFFICE, local(10))
    assert not is_open(OFFICE, local(12))


def test_chatwoot_6889_what_somebody_took_and_forgot_is_told_of_and_then_to_others() -> None:
    taken = replace(FRESH, state=TicketState.TAKEN)
    late = levels(inner_alarms(taken, None, None))
    assert late[AlarmLevel.HAND_OVER_LATE] == 30 * MINUTE
    assert whom(AlarmLevel.HAND_OVER_LATE, Reach(taker=7)) == Told((7,), duty=True)
    assert levels(law_alarms(taken)) == LAW


def test_zammad_2082_a_reopened_ticket_has_a_clock_again_and_what_the_law_says_of_it_stays() -> None:
    again = replace(
        FRESH,
        state=TicketState.HANDED_OVER,
        first_answered_at=NOON + HOUR,
        reopened_at=NOON + 30 * HOUR,
        handed_over_at=NOON + 30 * HOUR,
        waiting_since=NOON + 30 * HOUR,
    )
    assert law_alarms(again) == []
    found = levels(inner_alarms(again, None, None))
    assert {level: found[level] - 30 * HOUR for level in LAW} == LAW
    never_answered = replace(again, first_answered_at=None)
    assert levels(law_alarms(never_answered)) == LAW


@pytest.mark.parametrize("zone", [VIETNAM, "Europe/Berlin", "America/Santiago", "Australia/Lord_Howe"])
def test_summer_time_moves_no_due_time_and_no_hour_is_counted_twice(zone: str) -> None:
    """In Berlin the clock goes back on 25 October 2026 and forward on 28 March 2027."""
    for day in (datetime(2026, 10, 25, tzinfo=UTC), datetime(2027, 3, 28, tzinfo=UTC)):
        for minutes in range(0, 26 * 60, 30):
            since = day - HOUR + minutes * MINUTE
            assert law_due(since) - since == LAW_LIMIT
            always = Calendar(tuple(Segment(weekday, 0, 24 * 60) for weekday in range(7)), zone)
            assert after(always, since, 4 * HOUR) == since + 4 * HOUR


def test_stretches_that_overlap_count_once_and_a_calendar_that_never_opens_leaves_nothing_without_a_time() -> None:
    twice = Calendar((Segment(0, 480, 720), Segment(0, 600, 780)), VIETNAM)
    assert after(twice, local(8), 4 * HOUR + 30 * MINUTE) == local(12, 30)
    assert after(Calendar((), VIETNAM), NOON, HOUR) == NOON + HOUR
    night = Calendar((Segment(0, 22 * 60, 30 * 60),), VIETNAM)
    assert after(night, local(23), 6 * HOUR) == local(5, day=24)
    assert is_open(night, local(5, day=24))


@pytest.mark.parametrize(
    ("told", "is_taken_for"),
    [
        (None, NOON),
        (NOON - HOUR, NOON - HOUR),
        # Our intake stood still over the weekend.
        (NOON - timedelta(days=3), NOON - timedelta(days=3)),
        (NOON + MINUTE, NOON),
        (datetime(1970, 1, 1, tzinfo=UTC), NOON),
    ],
)
def test_first_contact_is_when_the_gateway_took_it_unless_its_clock_cannot_be_right(
    told: datetime | None, is_taken_for: datetime
) -> None:
    assert first_contact(told, NOON) == is_taken_for


@pytest.mark.parametrize("level", AlarmLevel)
def test_no_level_tells_nobody(level: AlarmLevel) -> None:
    nobody = whom(level, Reach())
    assert nobody.duty
    everybody = whom(level, Reach(1, (2, 3), (4,), (5,), outside=True))
    assert everybody.accounts or everybody.duty


def test_at_three_hours_the_unit_is_told_at_four_its_head_at_five_the_province() -> None:
    reach = Reach(None, (2, 3), (4,), (5, 6))
    assert whom(AlarmLevel.UNIT, reach) == Told((2, 3), duty=False)
    assert whom(AlarmLevel.HEAD, reach) == Told((4,), duty=False)
    assert whom(AlarmLevel.HEAD, replace(reach, heads=())) == Told((5, 6), duty=False)
    assert whom(AlarmLevel.BREACH, reach) == Told((5, 6), duty=True)
    assert whom(AlarmLevel.UNIT, Reach(outside=True)) == Told((), duty=False, outside=True)


def test_an_emergency_rings_at_once_and_again_until_a_unit_has_accepted_it() -> None:
    emergency = replace(FRESH, kind=TicketKind.EMERGENCY)
    for state in (TicketState.NEW, TicketState.TAKEN, TicketState.HANDED_OVER):
        found = levels(inner_alarms(replace(emergency, state=state, handed_over_at=NOON), OFFICE, OFFICE))
        assert found[AlarmLevel.EMERGENCY] == timedelta(0)
        assert found[AlarmLevel.EMERGENCY_LATE] == 15 * MINUTE
    accepted = levels(inner_alarms(replace(emergency, state=TicketState.ACCEPTED), OFFICE, OFFICE))
    assert not {AlarmLevel.EMERGENCY, AlarmLevel.EMERGENCY_LATE} & set(accepted)


def test_the_third_refusal_reaches_the_head() -> None:
    twice = replace(FRESH, refusals=2)
    assert AlarmLevel.REFUSED not in levels(inner_alarms(twice, None, None))
    thrice = replace(FRESH, refusals=3)
    assert levels(inner_alarms(thrice, None, None))[AlarmLevel.REFUSED] == timedelta(0)
    assert whom(AlarmLevel.REFUSED, Reach(heads=(4, 5))) == Told((4, 5), duty=True)
