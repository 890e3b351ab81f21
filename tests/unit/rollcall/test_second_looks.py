"""Which closed questions are looked at again, and by whom, as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rollcall.followup.reviewers import LEAST, Shared
from rollcall.followup.second_looks import OWN_UNIT_AFTER, is_drawn, may_look

AT = datetime(2026, 11, 30, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("account", "zones", "waited", "may"),
    [
        (1, None, timedelta(days=9), False),
        (1, {8}, timedelta(days=9), False),
        (2, None, timedelta(0), True),
        (2, {8}, timedelta(0), True),
        (2, {7}, timedelta(0), False),
        (2, {7}, OWN_UNIT_AFTER, True),
    ],
)
def test_never_the_same_person_and_first_somebody_from_elsewhere(
    account: int, zones: set[int] | None, waited: timedelta, may: bool
) -> None:
    assert may_look(1, 7, AT, account, zones, AT + waited) is may


def test_a_share_is_drawn_the_same_each_time_and_grows_with_the_share() -> None:
    drawn = [number for number in range(10_000) if is_drawn("silence", "excuse", "seed", number, 5)]
    assert 400 < len(drawn) < 600
    assert drawn == [number for number in range(10_000) if is_drawn("silence", "excuse", "seed", number, 5)]
    assert set(drawn) <= {number for number in range(10_000) if is_drawn("silence", "excuse", "seed", number, 20)}
    assert not any(is_drawn("silence", "excuse", "seed", number, 0) for number in range(100))


@pytest.mark.parametrize(
    ("task", "decision"), [("answer", "accept"), ("dispute", "stands"), ("silence", "call"), ("silence", "ask")]
)
def test_only_closed_misses_are(task: str, decision: str) -> None:
    assert not is_drawn(task, decision, "seed", 1, 100)


def test_of_few_no_share_is_said() -> None:
    assert Shared(LEAST - 1, LEAST - 1).percent is None
    assert Shared(3, LEAST).percent == 60
