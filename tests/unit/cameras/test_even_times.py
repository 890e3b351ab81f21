"""Times of pictures that run evenly, whatever a camera's clock does."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras.streams.rtsp.even_times import BACKWARDS_SECONDS, EvenTimes

FPS = 10


def times(told: Callable[[int], float], count: int = 300, burst: int = 1) -> list[float]:
    """The times of so many pictures, ten a second, that arrive in portions of `burst`."""
    even = EvenTimes()
    return [even.at(told(n), (n // burst * burst) / FPS) for n in range(count)]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("a good clock", lambda n: n / FPS),
        ("set forward by hours", lambda n: n / FPS + (9800 if n > 120 else 0)),
        ("set back by hours", lambda n: n / FPS - (9800 if n > 120 else 0)),
        ("one picture hours ahead", lambda n: n / FPS + (9800 if n == 120 else 0)),
        ("one in twenty hours back", lambda n: n / FPS - (9800 if n % 20 == 13 else 0)),
        ("standing still", lambda n: 5.0),
        ("running backwards", lambda n: -n / FPS),
        ("at ten times its rate", lambda n: n / FPS * 11),
        ("in milliseconds of the wrong rate", lambda n: n / FPS / 90),
    ],
)
@pytest.mark.parametrize("burst", [1, 2, 8])
def test_thirty_seconds_last_thirty_seconds(name: str, told: Callable[[int], float], burst: int) -> None:
    found = times(told, burst=burst)
    assert all(later > earlier - BACKWARDS_SECONDS for earlier, later in pairwise(found)), name
    assert 15 < found[-1] < 45, name


def test_a_good_clock_is_believed_to_the_millisecond_also_in_portions_and_out_of_order() -> None:
    order = [0, 3, 1, 2, 6, 4, 5, 9, 7, 8]
    assert times(lambda n: order[n] / FPS, len(order), burst=5) == pytest.approx([each / FPS for each in order])


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=60), st.integers(1, 8))
def test_no_clock_makes_time_jump(steps: list[float], burst: int) -> None:
    clock = [sum(steps[:n]) for n in range(len(steps))]
    found = times(lambda n: clock[n], len(clock), burst)
    assert all(-BACKWARDS_SECONDS <= later - earlier <= 15 for earlier, later in pairwise(found))
    assert max(found) <= 2 * len(found) / FPS + 20
