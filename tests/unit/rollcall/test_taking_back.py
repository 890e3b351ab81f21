"""When a decision may be taken back, and what it changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rollcall.followup.taking_back import HELD_BACK, TIME_TO_UNDO, difference, why_not

AT = datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "undone", "newest", "may"),
    [
        (timedelta(0), False, True, True),
        (TIME_TO_UNDO, False, True, True),
        (TIME_TO_UNDO + timedelta(microseconds=1), False, True, False),
        (timedelta(0), True, True, False),
        (timedelta(0), False, False, False),
    ],
)
def test_when(after: timedelta, undone: bool, newest: bool, may: bool) -> None:
    assert (why_not(AT, AT if undone else None, newest, AT + after) is None) is may


def test_a_message_waits_until_nobody_can_take_it_back() -> None:
    assert HELD_BACK > TIME_TO_UNDO


def test_only_what_differs_is_kept() -> None:
    before = {"incident": {"1": {"state": "open", "by": None}, "2": {"state": "open", "by": 3}}}
    after = {"incident": {"1": {"state": "resolved", "by": None}, "2": {"state": "open", "by": 3}}}
    assert difference(before, after) == {"incident": {"1": [{"state": "open"}, {"state": "resolved"}]}}
