"""Whether a prompt that is due leaves now, waits for the morning or never leaves, as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from monitor.models.rollcalls.prompts import PromptKind
from rollcall.plans.schedule import Quiet
from rollcall.prompts.may_leave import REPLY_WITHIN, Candidate, Hold, Judgement, Leave, Refuse, judge, judge_in_turn

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
NOON = datetime(2026, 11, 23, 12, tzinfo=VIETNAM).astimezone(UTC)
NIGHT = datetime(2026, 11, 23, 23, tzinfo=VIETNAM).astimezone(UTC)
MORNING = datetime(2026, 11, 24, 7, tzinfo=VIETNAM).astimezone(UTC)
BUDGET = 3
DUE = Candidate(
    resident_id=1,
    kind=PromptKind.FIRST,
    channel="sms",
    created_at=NOON,
    awaited=True,
    quiet=Quiet(time(21), time(7), VIETNAM),
    channel_set_up=True,
    address="+84900000001",
)
REPLY = replace(DUE, kind=PromptKind.REPLY_TAKEN, awaited=False)
REQUEST = replace(DUE, kind=PromptKind.REQUEST_ANSWERED, awaited=False)


def said(judgement: Judgement) -> str:
    return judgement.reason.say(str) if isinstance(judgement, Refuse) else ""


@pytest.mark.parametrize(
    ("candidate", "now", "used", "expected"),
    [
        (DUE, NOON, 0, Leave()),
        (DUE, NOON, BUDGET - 1, Leave()),
        (DUE, NIGHT, 0, Hold(MORNING)),
        # Who has just written is awake, and is answered though texts are stopped: that they stopped is told by one.
        (REPLY, NOON, 0, Leave()),
        (replace(REPLY, created_at=NIGHT), NIGHT, 0, Leave()),
        (replace(REPLY, texts_stopped=True), NOON, 0, Leave()),
        (replace(REPLY, created_at=NOON - REPLY_WITHIN + timedelta(seconds=1)), NOON, 0, Leave()),
        # The answer to a request is no reply: it waits for the morning, and does not grow old.
        (REQUEST, NOON, 0, Leave()),
        (REQUEST, NIGHT, 0, Hold(MORNING)),
        (replace(REQUEST, created_at=NOON - timedelta(days=1)), NOON, 0, Leave()),
        # The morning decides about what the night holds, the budget too.
        (replace(DUE, address=""), NIGHT, BUDGET, Hold(MORNING)),
    ],
)
def test_a_prompt_leaves_or_waits_for_the_morning(candidate: Candidate, now: datetime, used: int, expected: Judgement) -> None:
    assert judge(candidate, used, now, BUDGET) == expected


@pytest.mark.parametrize(
    ("candidate", "now", "used", "reason"),
    [
        (replace(DUE, awaited=False), NOON, 0, "an answer is no longer needed"),
        (replace(DUE, awaited=False), NIGHT, 0, "an answer is no longer needed"),
        (replace(REPLY, created_at=NOON - REPLY_WITHIN), NOON, 0, "an answer is no longer needed"),
        (replace(DUE, channel="zalo", channel_set_up=False), NOON, 0, "Channel zalo is not set up"),
        (replace(DUE, address=""), NOON, 0, "No number or address for the channel sms"),
        (replace(DUE, texts_stopped=True), NOON, 0, "wrote STOP"),
        (replace(REQUEST, texts_stopped=True), NOON, 0, "wrote STOP"),
        (DUE, NOON, BUDGET, "had 3 messages within a day"),
        (REPLY, NOON, BUDGET, "had 3 messages within a day"),
        (REQUEST, NOON, BUDGET, "had 3 messages within a day"),
    ],
)
def test_a_prompt_that_never_leaves_says_why(candidate: Candidate, now: datetime, used: int, reason: str) -> None:
    assert reason in said(judge(candidate, used, now, BUDGET))


def test_of_several_to_one_person_each_that_leaves_counts_and_no_other() -> None:
    nowhere, other = replace(DUE, address=""), replace(DUE, resident_id=2)
    candidates = [DUE, nowhere, DUE, other, DUE]
    used = {1: 1}
    judgements = judge_in_turn(candidates, used, NOON, BUDGET)
    assert [type(judgement) for judgement in judgements] == [Leave, Refuse, Leave, Leave, Refuse]
    assert "had 3 messages" in said(judgements[-1])
    assert used == {1: 1}


@pytest.mark.parametrize(("candidate", "asks", "is_reply"), [(DUE, True, False), (REPLY, False, True), (REQUEST, False, False)])
def test_a_prompt_asks_something_or_replies_or_neither(candidate: Candidate, asks: bool, is_reply: bool) -> None:
    assert (candidate.asks, candidate.is_reply) == (asks, is_reply)
