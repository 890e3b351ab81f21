"""The clock that is believed, and what is decided about one that may be wrong: values in, values out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.clock import TOLERATED, Reading, SteadyClock
from monitor.models.service import ClockDecision
from monitor.timekeeping.decisions import Belief, Lasting, Times, first_belief, goes_over, other_moments, why_not_delete

NOW = datetime(2026, 11, 30, 7, 0, tzinfo=UTC)
S, M, H, D = (timedelta(**{unit: 1}) for unit in ("seconds", "minutes", "hours", "days"))


class Clocks:
    """Both clocks of a machine, as a test sets them."""

    def __init__(self) -> None:
        self.wall, self.running = NOW.timestamp(), 1000.0

    def read(self) -> Reading:
        return Reading(self.wall, self.running)

    def go(self, seconds: float, wall: float | None = None) -> None:
        """Let time pass; wall: what the machine's clock makes of it."""
        self.running += seconds
        self.wall += seconds if wall is None else wall


@pytest.mark.parametrize("jump", [40 * D, 2 * H, -150 * S, -3 * D, 6 * S])
def test_a_jump_of_the_machines_clock_moves_no_time_and_is_known(jump: timedelta) -> None:
    clocks = Clocks()
    steady = SteadyClock(clocks.read)
    clocks.go(10, 10 + jump.total_seconds())
    assert (steady.now(), steady.astray()) == (NOW + 10 * S, jump)
    clocks.go(60)
    assert (steady.now(), steady.astray()) == (NOW + 70 * S, jump)
    clocks.go(1, 1 - jump.total_seconds())
    assert (steady.now(), steady.astray()) == (NOW + 71 * S, timedelta(0))


def test_what_a_time_server_sets_right_bit_by_bit_is_followed() -> None:
    clocks = Clocks()
    steady = SteadyClock(clocks.read)
    for _ in range(100):
        clocks.go(60, 60.5)
        assert steady.astray() == timedelta(0)
    assert steady.now() == NOW + 100 * 60.5 * S


def test_a_process_that_stood_still_is_no_jump() -> None:
    clocks = Clocks()
    steady = SteadyClock(clocks.read)
    clocks.go(3600)
    assert (steady.now(), steady.astray()) == (NOW + H, timedelta(0))


def test_another_time_can_be_believed_and_is_followed_then() -> None:
    clocks = Clocks()
    steady = SteadyClock(clocks.read)
    clocks.go(0, 2 * 3600)
    steady.believe(steady.epoch() + 2 * 3600)
    assert (steady.now(), steady.astray()) == (NOW + 2 * H, timedelta(0))


@pytest.mark.parametrize(
    ("machine", "last_sign", "database", "belief"),
    [
        (NOW, None, None, Belief(NOW)),
        (NOW, NOW - 3 * D, None, Belief(NOW)),
        (NOW, NOW + TOLERATED, None, Belief(NOW)),
        # Its battery is empty: time does not go back.
        (NOW - 2000 * D, NOW, None, Belief(NOW, guessed=True)),
        # A database on another machine knows better, and its scheduler may be ahead.
        (NOW - 2 * H, NOW, NOW, Belief(NOW)),
        (NOW + 40 * D, NOW, NOW, Belief(NOW)),
        (NOW, NOW + M, NOW + S, Belief(NOW)),
    ],
)
def test_by_which_time_a_machine_begins(
    machine: datetime, last_sign: datetime | None, database: datetime | None, belief: Belief
) -> None:
    assert first_belief(machine, last_sign, database) == belief


@pytest.mark.parametrize(
    ("ahead", "lasted", "guessed", "decision", "goes"),
    [
        (40 * D, 10 * M, False, None, False),
        (2 * H, 10 * D, False, None, False),
        (-2 * H, 10 * M, False, None, False),
        (-150 * S, 59 * S, False, None, False),
        (-150 * S, 60 * S, False, None, True),
        (15 * M, 60 * S, False, None, True),
        (16 * M, 60 * S, False, None, False),
        # The time was guessed after an empty battery, and a time server has set the clock since.
        (2 * H, 60 * S, True, None, True),
        (3 * D, 60 * S, True, None, False),
        (-2 * H, 60 * S, True, None, False),
        (40 * D, 0 * S, False, ClockDecision.MACHINE, True),
        (-150 * S, 10 * M, False, ClockDecision.KEPT, False),
    ],
)
def test_when_the_service_goes_over_to_the_machines_clock(
    ahead: timedelta, lasted: timedelta, guessed: bool, decision: ClockDecision | None, goes: bool
) -> None:
    assert goes_over(Lasting(ahead, NOW - lasted, guessed, decision), NOW) is goes


SURE = {
    "ahead": timedelta(0),
    "unconfirmed": 0,
    "last_tick": NOW - S,
    "last_report": NOW - H,
    "confirmed_at": None,
    "database_ahead": timedelta(0),
}


@pytest.mark.parametrize(
    ("differs", "why"),
    [
        ({}, None),
        ({"last_report": None, "last_tick": None}, None),
        ({"ahead": 40 * D}, "jumped"),
        ({"ahead": -150 * S}, "jumped"),
        ({"unconfirmed": 1}, "jumped"),
        ({"database_ahead": 61 * S}, "of the database differ"),
        ({"database_ahead": -61 * S}, "of the database differ"),
        ({"database_ahead": 59 * S}, None),
        ({"last_tick": NOW + 2 * M}, "before the last one"),
        ({"last_report": NOW + 2 * M}, "before the last one"),
        ({"last_tick": NOW + 30 * S}, None),
        ({"last_report": NOW - D}, None),
        ({"last_report": NOW - D - S}, "more than a day"),
        ({"last_report": NOW - 40 * D}, "more than a day"),
        ({"last_report": NOW - 40 * D, "confirmed_at": NOW - M}, None),
        ({"last_report": NOW - 40 * D, "confirmed_at": NOW - 39 * D}, "more than a day"),
    ],
)
def test_nothing_is_deleted_while_it_may_be_earlier_than_it_seems(differs: dict[str, object], why: str | None) -> None:
    reason = why_not_delete(Times(**{**SURE, **differs}), NOW)  # type: ignore[arg-type]
    assert (reason is None) is (why is None)
    assert reason is None or why is None or why in reason.template


@pytest.mark.parametrize(
    ("ahead", "database", "others"),
    [
        (timedelta(0), timedelta(0), ()),
        (timedelta(0), 30 * S, ()),
        (5 * H, timedelta(0), (NOW + 5 * H,)),
        (timedelta(0), -8 * H, (NOW - 8 * H,)),
        (5 * H, 5 * H, (NOW + 5 * H, NOW + 5 * H)),
    ],
)
def test_what_time_it_may_be_as_well(ahead: timedelta, database: timedelta, others: tuple[datetime, ...]) -> None:
    assert other_moments(NOW, ahead, database) == others
