"""The pure decisions about an answer as tables: when it was made, whether that is in time, where the phone was."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models.rollcalls.answers import PlaceVerdict
from rollcall.answers.places import REPEATS, Circle, Earlier, Place, implausible, judge_place
from rollcall.answers.stamps import GRACE, Stamp, judged_at, made_in_window, make_stamp, read_stamp
from tests.worlds.due_round import SECRET, minutes
from tests.worlds.small_zone import NOW

OPENED = minutes(1)
STAMP = Stamp(7, "nonce", OPENED)


@pytest.mark.parametrize(
    ("stamp", "age", "received", "expected"),
    [
        (STAMP, 60.0, minutes(10), minutes(9)),  # an honest phone
        (STAMP, 0.0, minutes(10), minutes(10)),
        (STAMP, 9 * 60.0, minutes(10), OPENED),
        (STAMP, 20 * 60.0, minutes(10), OPENED),  # older than its page: the clock was turned
        (STAMP, 1e300, minutes(10), OPENED),
        (STAMP, math.inf, minutes(10), minutes(10)),
        (STAMP, math.nan, minutes(10), minutes(10)),
        (STAMP, -3600.0, minutes(10), minutes(10)),  # from the future
        (STAMP, None, minutes(10), minutes(10)),  # without a script
        (None, 60.0, minutes(10), minutes(10)),  # no stamp, or a forged one
        (STAMP, 60.0, NOW, NOW),  # our own clock went back
    ],
)
def test_an_answer_was_made_between_its_page_and_its_arrival(
    stamp: Stamp | None, age: float | None, received: datetime, expected: datetime
) -> None:
    assert judged_at(stamp, age, received) == expected


@given(st.floats(), st.floats(0, 1e7))
def test_no_age_leaves_the_bounds(age: float, later: float) -> None:
    received = OPENED + timedelta(seconds=later)
    assert OPENED <= judged_at(STAMP, age, received) <= received


def test_a_stamp_is_good_for_one_check_in_and_cannot_be_changed() -> None:
    stamp = make_stamp(SECRET, 7, "nonce", OPENED)
    assert read_stamp(SECRET, stamp, 7, "nonce") == STAMP
    for wrong in ("", "x", stamp + "x", stamp[:-1], make_stamp(b"another", 7, "nonce", OPENED)):
        assert read_stamp(SECRET, wrong, 7, "nonce") is None
    assert read_stamp(SECRET, stamp, 8, "nonce") is None
    assert read_stamp(SECRET, stamp, 7, "other") is None


@pytest.mark.parametrize(
    ("taken", "received", "expected"),
    [
        (minutes(19), minutes(60), True),
        (minutes(20), minutes(60), True),
        (minutes(20.1), minutes(60), False),
        (minutes(19), minutes(20) + GRACE, True),
        (minutes(19), minutes(20.1) + GRACE, False),
    ],
)
def test_in_the_window_is_made_before_the_deadline_and_here_within_the_grace(
    taken: datetime, received: datetime, expected: bool
) -> None:
    assert made_in_window(taken, received, minutes(20)) is expected


ZONE = Circle(21.0, 105.0, 100.0)


def north(metres: float, accuracy: float = 10.0) -> Place:
    return Place(21.0 + metres / 111_195, 105.0, accuracy)


@pytest.mark.parametrize(
    ("place", "verdict", "doubtful"),
    [
        (north(0), PlaceVerdict.INSIDE, False),
        (north(99), PlaceVerdict.INSIDE, False),
        (north(105), PlaceVerdict.INSIDE, False),  # give or take its accuracy
        (north(115), PlaceVerdict.OUTSIDE, True),
        (north(400, 350), PlaceVerdict.INSIDE, False),
        (north(9_000, 900), PlaceVerdict.OUTSIDE, True),
        (north(9_000, 1_001), PlaceVerdict.UNKNOWN, False),
        (north(9_000, 0), PlaceVerdict.UNKNOWN, True),
        (Place(-21.0, -75.0, 20), PlaceVerdict.OUTSIDE, True),  # the other side of the earth
        (None, PlaceVerdict.UNKNOWN, False),
    ],
)
def test_outside_is_only_what_no_inaccuracy_explains(place: Place | None, verdict: PlaceVerdict, doubtful: bool) -> None:
    found = judge_place(place, ZONE)
    assert (found.verdict, found.doubtful) == (verdict, doubtful)
    assert found.reasons


def test_a_place_that_was_not_told_is_unknown_with_the_reason() -> None:
    reasons = {judge_place(None, ZONE, withheld=why).reasons[0].template for why in ("denied", "unavailable", "", "forged")}
    assert len(reasons) == 3


def test_places_that_no_receiver_gives_are_told_apart() -> None:
    here = Earlier(north(5), NOW)
    assert implausible(north(5), minutes(180), [here] * (REPEATS - 2)) == ()
    assert len(implausible(north(5), minutes(180), [here] * (REPEATS - 1))) == 1
    assert implausible(north(5.1), minutes(180), [here] * (REPEATS - 1)) == ()
    assert implausible(north(4_000), minutes(0.1), [here]) == ()
    assert len(implausible(north(40_000), minutes(5), [here])) == 1
    assert implausible(north(40_000), minutes(60), [here]) == ()
    assert implausible(north(40_000, 39_000), minutes(5), [here]) == ()
