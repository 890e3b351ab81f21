"""When a report's mail is tried again and over which server, when a person is told, and when a schedule is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.models.report_mail import DeliveryState
from monitor.reports.recipients import next_time
from rollcall.channels.smtp import Fate, HandedIn
from rollcall.reporting.mail_decisions import GIVE_UP_AFTER, LONGEST_PAUSE, after_try, alarm_time, pause_after, server_for

MINUTE = timedelta(minutes=1)
HERE = ZoneInfo("Asia/Ho_Chi_Minh")
ACCEPTED, FAILED, UNCERTAIN, WAITING = (
    DeliveryState.ACCEPTED,
    DeliveryState.FAILED,
    DeliveryState.UNCERTAIN,
    DeliveryState.WAITING,
)


def moment(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=HERE)


def test_pauses_grow_and_stop_growing_however_long_a_server_is_away() -> None:
    assert [pause_after(attempts) / MINUTE for attempts in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]
    assert pause_after(5000) == LONGEST_PAUSE


@pytest.mark.parametrize(
    ("attempts", "servers", "refused_by", "server"),
    [
        (0, 1, [], 1),
        (7, 1, [], 1),
        (0, 2, [], 1),
        (1, 2, [], 2),
        (2, 2, [], 1),
        (1, 2, [1], 2),
        (2, 2, [1], 2),
        (3, 2, [2], 1),
        # All refused it, and a person sends it again.
        (0, 2, [1, 2], 1),
    ],
)
def test_servers_take_turns_but_for_those_that_refused_for_good(
    attempts: int, servers: int, refused_by: list[int], server: int
) -> None:
    assert server_for(attempts, servers, refused_by) == server


@pytest.mark.parametrize(
    ("came", "servers", "refused_by", "age", "state", "wait", "tell"),
    [
        (HandedIn(Fate.ACCEPTED, 250), 1, (), MINUTE, ACCEPTED, None, False),
        (HandedIn(Fate.UNCERTAIN), 2, (), MINUTE, UNCERTAIN, None, True),
        (HandedIn(Fate.REFUSED, 450), 1, (), MINUTE, WAITING, 2 * MINUTE, False),
        (HandedIn(Fate.BROKEN), 1, (), MINUTE, WAITING, 2 * MINUTE, False),
        (HandedIn(Fate.REFUSED, 550), 1, (), MINUTE, FAILED, None, True),
        (HandedIn(Fate.REFUSED, 550), 2, (), MINUTE, WAITING, timedelta(0), False),
        (HandedIn(Fate.REFUSED, 550), 2, (2,), MINUTE, FAILED, None, True),
        (HandedIn(Fate.REFUSED, 450), 2, (2,), MINUTE, WAITING, 2 * MINUTE, False),
        (HandedIn(Fate.BROKEN), 1, (), GIVE_UP_AFTER, FAILED, None, True),
    ],
)
def test_what_a_try_leads_to(
    came: HandedIn,
    servers: int,
    refused_by: tuple[int, ...],
    age: timedelta,
    state: DeliveryState,
    wait: timedelta | None,
    tell: bool,
) -> None:
    following = after_try(came, 2, 1, servers, refused_by, age)
    assert (following.state, following.wait, following.tell) == (state, wait, tell)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        # A quarter of an hour before it is due there is time to telephone.
        ("2026-11-24T14:05", "2026-11-24T14:45"),
        # What leaves only then has one more try.
        ("2026-11-24T14:45", "2026-11-24T14:47"),
        ("2026-11-24T16:20", "2026-11-24T16:22"),
    ],
)
def test_a_person_is_told_while_there_is_time(asked: str, told: str) -> None:
    assert alarm_time(moment(asked), moment("2026-11-24T15:00")) == moment(told)
    assert alarm_time(moment(asked), None) == moment(asked) + 2 * MINUTE


@pytest.mark.parametrize(
    ("weekdays", "after", "due"),
    [
        # 24 November 2026 is a Tuesday.
        ([0, 1, 2, 3, 4, 5, 6], "2026-11-24T16:59", "2026-11-24T17:00"),
        ([0, 1, 2, 3, 4, 5, 6], "2026-11-24T17:00", "2026-11-25T17:00"),
        ([1], "2026-11-24T17:00", "2026-12-01T17:00"),
        ([0], "2026-11-24T09:00", "2026-11-30T17:00"),
        ([], "2026-11-24T09:00", None),
    ],
)
def test_a_schedule_is_due_on_its_days_at_its_hour_on_the_wall_clock(weekdays: list[int], after: str, due: str | None) -> None:
    found = next_time(weekdays, "17:00", moment(after).astimezone(UTC), HERE)
    assert found == (moment(due) if due else None)
