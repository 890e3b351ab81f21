"""What follows a message that could not be handed over, as a table."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest

from rollcall.channels.channel import AddressGone, ChannelProblem
from rollcall.prompts.tries import (
    FIRST_PAUSE,
    MOST_ATTEMPTS,
    GiveUp,
    LeaveAlone,
    TryAgain,
    after_problem,
    pause_before,
    pause_when_unreachable,
)
from tests.worlds.small_zone import NOW

MOMENTARY = ChannelProblem("Busy.", permanent=False)
PERMANENT = ChannelProblem("No such number.", permanent=True)
WAIT = ChannelProblem("Too many.", permanent=False, wait=17.0)


@pytest.mark.parametrize(
    ("problem", "attempt", "expected"),
    [
        (MOMENTARY, 1, TryAgain(NOW + FIRST_PAUSE)),
        (MOMENTARY, 3, TryAgain(NOW + 4 * FIRST_PAUSE)),
        (MOMENTARY, MOST_ATTEMPTS, GiveUp()),
        (PERMANENT, 1, GiveUp()),
        (AddressGone("Moved."), 1, GiveUp(address_gone=True)),
        # The gateway's limit is no try of the message: it has no last one.
        (WAIT, MOST_ATTEMPTS, LeaveAlone(NOW + timedelta(seconds=17))),
    ],
)
def test_a_problem_is_tried_again_waited_for_or_the_end(
    problem: ChannelProblem, attempt: int, expected: LeaveAlone | TryAgain | GiveUp
) -> None:
    assert after_problem(problem, attempt, NOW) == expected


def test_attempts_end_and_pauses_grow() -> None:
    pauses = [pause_before(attempt) for attempt in range(1, MOST_ATTEMPTS + 1)]
    assert pauses[-1] is None
    assert all(a is not None and b is not None and b == 2 * a for a, b in pairwise(pauses[:-1]))


def test_a_gateway_that_cannot_be_reached_is_tried_again_as_soon_as_it_allows() -> None:
    assert pause_when_unreachable(MOMENTARY) == FIRST_PAUSE
    assert pause_when_unreachable(WAIT) == timedelta(seconds=17)
