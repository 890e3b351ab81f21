"""The ladder as a table: which step is taken when, over which channel, and when it is left out."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models.rollcalls.plans import PlanKind
from monitor.models.rollcalls.prompts import PromptKind
from rollcall.plans.ladder import Asked, Climbed, awaits_delivery, climb, first_channel, rungs
from rollcall.plans.schedule import Quiet, Schedule, chosen, coming_rounds, next_round
from tests.worlds.small_zone import NOW

PUSH_THEN_TEXT = [["push", 2], ["sms", 3]]
LADDER = [[10, "reminder"], [20, "voice"], [35, "household"]]
ALL = rungs(PUSH_THEN_TEXT, LADDER, timedelta(minutes=50))
ASKED = [Asked(PromptKind.FIRST, "push", False)]
DELIVERED = [Asked(PromptKind.FIRST, "push", True)]
BOTH = [*ASKED, Asked(PromptKind.FIRST, "sms", True)]


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("step", "now", "asked", "other_phone", "expected"),
    [
        # No delivery after two minutes: the next channel.
        (0, 2, ASKED, False, Climbed(1, after(10), PromptKind.FIRST, "sms")),
        (0, 2, DELIVERED, False, Climbed(1, after(10))),
        # A failure brings the next channel forward.
        (0, 0.1, ASKED, False, Climbed(1, after(10), PromptKind.FIRST, "sms")),
        # The reminder goes where a message arrived, else where the last one went.
        (1, 10, BOTH, False, Climbed(2, after(20), PromptKind.REMINDER, "sms")),
        (1, 10, DELIVERED, False, Climbed(2, after(20), PromptKind.REMINDER, "push")),
        (1, 10, ASKED, False, Climbed(2, after(20), PromptKind.REMINDER, "push")),
        (2, 20, BOTH, False, Climbed(3, after(35), PromptKind.VOICE, "voice")),
        (3, 35, BOTH, True, Climbed(4, None, PromptKind.HOUSEHOLD, "sms")),
        (3, 35, BOTH, False, Climbed(4, None)),
        # Nobody ticked for half an hour: one message, not a pile.
        (0, 30, ASKED, False, Climbed(3, after(35), PromptKind.VOICE, "voice")),
        # What was sent once is not sent again.
        (1, 10, [*DELIVERED, Asked(PromptKind.REMINDER, "push", False)], False, Climbed(2, after(20))),
        (4, 40, BOTH, True, Climbed(4, None)),
    ],
)
def test_the_step_that_is_due(step: int, now: float, asked: list[Asked], other_phone: bool, expected: Climbed) -> None:
    assert climb(ALL, step, NOW, after(now), asked, available=None, other_phone=other_phone) == expected


DOUBTFUL = [Asked(PromptKind.FIRST, "sms", False, uncertain=True)]


@pytest.mark.parametrize(
    ("ladder", "asked", "expected"),
    [
        # Nobody knows whether it went out: the reminder follows at once, also where the plan has none.
        ([], DOUBTFUL, Climbed(0, None, PromptKind.REMINDER, "sms")),
        (LADDER, DOUBTFUL, Climbed(1, after(20), PromptKind.REMINDER, "sms")),
        (LADDER[1:], DOUBTFUL, Climbed(0, after(20), PromptKind.REMINDER, "sms")),
        # It did go out, or the reminder went already.
        ([], [*DOUBTFUL, Asked(PromptKind.FIRST, "push", True)], Climbed(0, None)),
        ([], [*DOUBTFUL, Asked(PromptKind.REMINDER, "sms", False)], Climbed(0, None)),
    ],
)
def test_a_message_nobody_knows_the_fate_of_is_followed_by_a_reminder(
    ladder: list[Any], asked: list[Asked], expected: Climbed
) -> None:
    every = rungs([["sms", 3]], ladder, timedelta(minutes=50))
    assert climb(every, 0, NOW, after(1), asked, available=None, other_phone=False) == expected


def test_a_step_over_a_channel_that_is_not_set_up_is_left_out() -> None:
    assert climb(ALL, 2, NOW, after(20), BOTH, available={"sms"}, other_phone=False) == Climbed(3, after(35))
    assert first_channel(PUSH_THEN_TEXT, {"sms"}) == "sms"
    assert first_channel(PUSH_THEN_TEXT, None) == "push"
    assert first_channel([], None) == "sms"


def test_no_step_lies_outside_the_window_and_they_are_in_order() -> None:
    assert [(each.after, each.kind) for each in rungs(PUSH_THEN_TEXT, LADDER, timedelta(minutes=20))] == [
        (timedelta(minutes=2), PromptKind.FIRST),
        (timedelta(minutes=10), PromptKind.REMINDER),
    ]
    assert awaits_delivery(ALL, 0)
    assert not awaits_delivery(ALL, 1)
    assert not awaits_delivery(ALL, len(ALL))


@given(st.lists(st.floats(0, 60), min_size=1, max_size=12), st.booleans())
def test_however_ticks_come_each_message_goes_once_and_the_ladder_ends(moments: list[float], reached: bool) -> None:
    asked, step = list(DELIVERED if reached else ASKED), 0
    next_at: datetime | None = NOW + ALL[0].after
    for now in sorted(map(after, moments)):
        if next_at is None or next_at > now:
            continue
        result = climb(ALL, step, NOW, now, asked, available=None, other_phone=True)
        assert result.step > step
        assert result.next_at is None or result.next_at >= now
        if result.kind is not None:
            assert not any((each.kind, each.channel) == (result.kind, result.channel) for each in asked)
            asked.append(Asked(result.kind, result.channel, False))
        step, next_at = result.step, result.next_at
    assert len(asked) <= 1 + len(ALL)


BERLIN, VIETNAM = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Ho_Chi_Minh")
AWAKE = Quiet(time(21), time(7), VIETNAM)
SPANS = [["08:00", "11:00"], ["13:00", "17:30"]]


def days_of(schedule: Schedule, start: datetime, days: int) -> list[datetime]:
    return list(coming_rounds(schedule, next_round(schedule, start), start + timedelta(days=days)))


def test_random_rounds_lie_in_their_spans_and_an_auditor_reckons_the_same() -> None:
    schedule = Schedule(PlanKind.RANDOM, (), None, AWAKE, SPANS, "a seed")
    found = days_of(schedule, NOW, 30)
    local = [each.astimezone(VIETNAM) for each in found]
    assert all(time(8) <= each.time() <= time(11) or time(13) <= each.time() <= time(17, 30) for each in local)
    assert found == days_of(schedule, NOW, 30)
    assert found != days_of(Schedule(PlanKind.RANDOM, (), None, AWAKE, SPANS, "another"), NOW, 30)
    # Neither the same minute every day nor always the same pause.
    assert len({each.time() for each in local}) > 50
    assert 58 <= len(found) <= 61


@pytest.mark.parametrize("start", [datetime(2026, 3, 27, 12, tzinfo=BERLIN), datetime(2026, 10, 23, 12, tzinfo=BERLIN)])
def test_random_rounds_come_once_a_span_also_when_clocks_change(start: datetime) -> None:
    schedule = Schedule(PlanKind.RANDOM, (), None, Quiet(time(0), time(0), BERLIN), [["01:30", "03:30"]], "s")
    found = days_of(schedule, start, 4)
    assert len(found) == 4
    assert all(timedelta(hours=20) < later - earlier < timedelta(hours=28) for earlier, later in pairwise(found))


def test_rounds_keep_to_their_days_of_the_week() -> None:
    for schedule in (
        Schedule(PlanKind.TIMES, ["08:00"], None, AWAKE, days=[0, 2]),
        Schedule(PlanKind.RANDOM, (), None, AWAKE, SPANS[:1], "s", [0, 2]),
        Schedule(PlanKind.EVERY, (), timedelta(hours=9), AWAKE, days=[0, 2]),
    ):
        found = days_of(schedule, NOW, 28)
        assert {each.astimezone(VIETNAM).weekday() for each in found} == {0, 2}
    assert next_round(Schedule(PlanKind.TIMES, ["08:00"], None, AWAKE, days=[9]), NOW) is None


def test_a_clock_set_back_opens_nothing_twice() -> None:
    schedule = Schedule(PlanKind.TIMES, ["10:05"], None, AWAKE)
    first = next_round(schedule, NOW)
    assert first is not None
    following = next_round(schedule, first)
    # The plan keeps its next date: an hour that comes again lies before it.
    assert following is not None
    assert following - first == timedelta(days=1)


@given(st.integers(1, 99), st.integers(0, 9))
def test_a_share_grows_by_people_and_never_swaps_them(percent: int, seed: int) -> None:
    less = {each for each in range(400) if chosen(str(seed), each, percent)}
    more = {each for each in range(400) if chosen(str(seed), each, percent + 1)}
    assert less <= more
    assert abs(len(less) / 400 - percent / 100) < 0.13
    assert all(chosen(str(seed), each, 100) for each in range(20))
