"""When a child hangs and when an outage begins and ends: pure decisions, as tables."""

from __future__ import annotations

import pytest

from monitor.service.life import Heard, after_listening, hangs
from monitor.service.watching import BEGINS_AFTER_S, CONTINUOUS_S, Watched, after_look, out_since


def listened(*signs: tuple[bytes, float]) -> Heard:
    heard = Heard()
    for each, elapsed in signs:
        heard = after_listening(heard, each, elapsed)
    return heard


@pytest.mark.parametrize(
    ("heard", "database", "verdict"),
    [
        # One that never spoke is starting, or is no process of ours.
        (listened(*[(b"", 1.0)] * 99), True, False),
        (listened((b".", 0.2), *[(b"", 1.0)] * 5), True, False),
        # Stopped: no sign at all, whatever the database does; it may be what holds it up.
        (listened((b".", 0.2), *[(b"", 1.0)] * 6), True, True),
        (listened((b".", 0.2), *[(b"", 1.0)] * 6), False, True),
        # Its loop hangs while its other threads live: only where it does not wait for the database.
        (listened((b"+", 0.2), *[(b".", 1.0)] * 59), True, False),
        (listened((b"+", 0.2), *[(b".", 1.0)] * 60), True, True),
        (listened((b"+", 0.2), *[(b".", 1.0)] * 60), False, False),
        (listened((b"+", 0.2), *[(b".", 1.0)] * 59, (b".+.", 1.0), (b".", 1.0)), True, False),
        # Whose loop never came round has none to hang.
        (listened(*[(b".", 1.0)] * 99), True, False),
    ],
)
def test_who_hangs(heard: Heard, database: bool, verdict: bool) -> None:
    assert hangs(heard, 6.0, database_answers=database) is verdict


@pytest.mark.parametrize(
    ("heard", "stopped", "verdict"),
    [
        # The kernel says that it does not run at all: that is not a slow one, and nothing is to be waited for.
        (listened((b".", 0.2), *[(b"", 1.0)] * 2), True, True),
        (listened((b".", 0.2), (b"", 1.0)), True, False),
        (listened((b".", 0.2), *[(b"", 1.0)] * 5), False, False),
        (listened(*[(b"", 1.0)] * 99), True, False),
    ],
)
def test_who_is_stopped_is_waited_for_less_than_who_is_slow(heard: Heard, stopped: bool, verdict: bool) -> None:
    assert hangs(heard, 6.0, database_answers=True, stopped=stopped) is verdict


def test_a_parent_that_stood_still_itself_takes_nobody_for_dead() -> None:
    heard = listened((b"+", 0.2), (b"", 3600.0))
    assert not hangs(heard, 6.0, database_answers=True)


def looks(*seen: tuple[float, bool]) -> tuple[Watched, list[float]]:
    """What is known after looks at these moments, and since when it was said to be out."""
    watched, out = Watched(), []
    for at, good in seen:
        since = out_since(watched, good, at)
        if since is not None:
            out.append(since)
        watched = after_look(watched, good, at)
    return watched, out


def test_what_never_answered_is_not_out() -> None:
    assert looks((0, False), (100, False)) == (Watched(), [])


def test_an_outage_begins_with_the_last_good_look_once_it_is_long_enough() -> None:
    watched, out = looks((0, True), (2, True), (4, False), (6.9, False))
    assert (watched.out, out) == (False, [])
    watched, out = looks((0, True), (2, True), (4, False), (2 + BEGINS_AFTER_S, False))
    assert (watched.out, out) == (True, [2])


def test_an_outage_that_was_over_before_anybody_could_say_so_is_known_all_the_same() -> None:
    watched, out = looks((0, True), (3, False), (6, True))
    assert (watched.out, out) == (False, [0])
    assert watched.good_since == 6
    # A short stumble is none, and ends the time without a gap.
    watched, out = looks((0, True), (2, False), (3, True))
    assert (out, watched.good_since) == ([], 3)


def test_whoever_looks_and_stood_still_knows_nothing_of_between() -> None:
    watched, out = looks((0, True), (1 + CONTINUOUS_S, True))
    assert (out, watched.good_since) == ([], 1 + CONTINUOUS_S)
    watched, out = looks((0, True), (2, True), (4, True))
    assert (out, watched.good_since) == ([], 0)
