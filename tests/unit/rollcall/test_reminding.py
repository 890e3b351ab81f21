"""When reporters are reminded and called, and by which way."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.models.hotline import TicketChannel
from monitor.reports.times import Times, day_at
from rollcall.reporting.reminding import Step, route_to, step_at

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
MOBILE, FIXED = "+84901234567", "+842743822123"


@pytest.mark.parametrize(
    ("clock", "step"),
    [
        ("00:00", Step.NOTHING),
        ("13:29", Step.NOTHING),
        ("13:30", Step.REMIND),
        ("13:59", Step.REMIND),
        # Whoever was down at half past two reminds nobody any more: calls have begun.
        ("14:00", Step.CALL),
        ("17:59", Step.CALL),
        ("18:00", Step.NOTHING),
        ("23:59", Step.NOTHING),
    ],
)
def test_each_step_has_its_time_and_what_was_missed_is_caught_up_only_while_it_helps(clock: str, step: Step) -> None:
    now = datetime.combine(date(2026, 12, 1), time.fromisoformat(clock), HERE)
    assert step_at(day_at(Times(), now, HERE), now) is step


def test_a_day_of_the_demonstration_has_the_same_steps_within_minutes() -> None:
    since = datetime(2026, 12, 1, 3, tzinfo=UTC)
    times = Times(fast_since=since, fast=timedelta(minutes=9))
    steps = [step_at(day_at(times, now, HERE), now) for now in (since + timedelta(seconds=each) for each in range(0, 540, 10))]
    assert [Step.NOTHING in steps, Step.REMIND in steps, Step.CALL in steps] == [True, True, True]
    assert steps.index(Step.REMIND) < steps.index(Step.CALL)


@pytest.mark.parametrize(
    ("phone", "email", "available", "stopped", "way"),
    [
        (MOBILE, "a@b.vn", ("sms", "email"), False, TicketChannel.TEXT),
        (MOBILE, "a@b.vn", ("sms", "email"), True, TicketChannel.EMAIL),
        (MOBILE, "a@b.vn", ("email",), False, TicketChannel.EMAIL),
        (FIXED, "a@b.vn", ("sms", "email"), False, TicketChannel.EMAIL),
        (FIXED, "", ("sms", "email"), False, None),
        ("", "a@b.vn", ("sms",), False, None),
        ("", "", ("sms", "email"), False, None),
        (MOBILE, "a@b.vn", (), False, None),
    ],
)
def test_a_text_goes_where_texts_are_taken_else_a_mail_else_they_are_only_called(
    phone: str, email: str, available: tuple[str, ...], stopped: bool, way: TicketChannel | None
) -> None:
    route = route_to(phone, email, available, stopped=stopped)
    assert (route.channel if route else None) is way
