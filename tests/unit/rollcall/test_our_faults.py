"""Which faults of ours excuse whom: as a table, and by properties that hold for every outage."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models.service import OutagePart
from monitor.outages import Outage
from rollcall.checkins.our_faults import Asked, excusing
from tests.worlds.due_round import minutes

P = OutagePart
# Twenty minutes to answer, a message after one; fifty with a message, and nothing at all.
TWENTY = Asked(1, minutes(0), minutes(20), sent_at=minutes(1), delivered_at=minutes(1))
FIFTY = Asked(1, minutes(0), minutes(50), sent_at=minutes(1), delivered_at=minutes(1))
UNASKED = Asked(1, minutes(0), minutes(20), waiting=frozenset({"sms"}))
SENT = Asked(1, minutes(0), minutes(20), sent_at=minutes(1))
ONE = Asked(1, minutes(0), minutes(1), sent_at=minutes(0), delivered_at=minutes(0))
SECONDS = 1 / 60


def out(part: OutagePart, begins: float, ends: float, subject: str = "", zone_id: int | None = None) -> Outage:
    return Outage(int(begins * 1000), part, minutes(begins), minutes(ends), subject, zone_id)


@pytest.mark.parametrize(
    ("asked", "outages", "excused"),
    [
        # The page could not be opened for the whole time, more, or none of it.
        (TWENTY, [out(P.PAGE, 0, 20)], True),
        (TWENTY, [out(P.SERVICE, -10, 30)], True),
        (TWENTY, [out(P.PAGE, -10, 0)], False),
        (TWENTY, [out(P.PAGE, 20, 30)], False),
        (TWENTY, [], False),
        # A stall of 21 seconds: early and in the middle it silences nobody, over the end it does.
        (TWENTY, [out(P.PAGE, 2, 2 + 21 * SECONDS)], False),
        (TWENTY, [out(P.SERVICE, 10, 10 + 21 * SECONDS)], False),
        (TWENTY, [out(P.PAGE, 17, 17 + 21 * SECONDS)], False),
        (TWENTY, [out(P.PAGE, 19, 19 + 21 * SECONDS)], True),
        (TWENTY, [out(P.PAGE, 19.8, 25)], True),
        # A quarter of the time is much, whenever it is; also in pieces, each moment counted once.
        (TWENTY, [out(P.PAGE, 1, 5.9)], False),
        (TWENTY, [out(P.PAGE, 1, 6)], True),
        (TWENTY, [out(P.PAGE, 1, 3.5), out(P.DATABASE, 6, 8.6)], True),
        (TWENTY, [out(P.PAGE, 1, 4), out(P.DATABASE, 1.5, 4.5)], False),
        # There must be as long to answer afterwards as it lasted.
        (FIFTY, [out(P.PAGE, 20, 30)], False),
        (FIFTY, [out(P.PAGE, 29, 39)], False),
        (FIFTY, [out(P.PAGE, 31, 41)], True),
        # A minute to answer, as in a rehearsal: its tenth is enough afterwards, and as long as the stall was.
        (ONE, [out(P.PAGE, 0.2, 0.4)], False),
        (ONE, [out(P.PAGE, 0.7, 0.9)], True),
        # What keeps messages back excuses whoever got none …
        (UNASKED, [out(P.GATEWAY, 0, 20, "sms")], True),
        (UNASKED, [out(P.GATEWAY, 0, 20, "voice")], False),
        (UNASKED, [out(P.WORKER, 0, 6)], True),
        (UNASKED, [out(P.WORKER, 0, 1)], False),
        (UNASKED, [out(P.SCHEDULER, 0, 6)], True),
        # … and whoever has one could answer, unless nothing went on for half of the time.
        (TWENTY, [out(P.SCHEDULER, 1, 9)], False),
        (TWENTY, [out(P.SCHEDULER, 15, 21)], False),
        (TWENTY, [out(P.SCHEDULER, 1, 12)], True),
        (TWENTY, [out(P.WORKER, 2, 11)], False),
        # Who had another message waiting behind a gateway that refused had the first one.
        (
            Asked(1, minutes(0), minutes(20), minutes(1), minutes(1), frozenset({"voice"})),
            [out(P.GATEWAY, 8, 20, "voice")],
            True,
        ),
        (
            Asked(1, minutes(0), minutes(20), minutes(1), minutes(1), frozenset({"voice"})),
            [out(P.GATEWAY, 12, 20, "voice")],
            False,
        ),
        # A zone's line: whoever's phone confirmed a message has another one; ours is everybody's.
        (TWENTY, [out(P.LINE, 5, 14, zone_id=1)], False),
        (SENT, [out(P.LINE, 5, 14, zone_id=1)], True),
        (SENT, [out(P.LINE, 5, 14, zone_id=2)], False),
        (TWENTY, [out(P.LINE, 5, 14)], True),
        # What no resident notices.
        (TWENTY, [out(P.CONSOLE, 0, 20), out(P.WATCHER, 0, 20)], False),
    ],
)
def test_a_fault_excuses_whom_it_mattered_to(asked: Asked, outages: list[Outage], excused: bool) -> None:
    assert (excusing(asked, outages) is not None) is excused
    assert (excusing(asked, outages[::-1]) is not None) is excused


def test_the_fault_that_mattered_most_is_named() -> None:
    short, long = out(P.PAGE, 1, 2), out(P.SERVICE, 5, 12)
    assert excusing(TWENTY, [short, long]) == long
    assert excusing(TWENTY, [short, out(P.PAGE, 19, 19.9)]) == out(P.PAGE, 19, 19.9)


MOMENTS = st.floats(-30, 60).map(lambda number: minutes(round(number, 2)))


@given(MOMENTS, MOMENTS)
def test_longer_outages_never_excuse_less(one: datetime, other: datetime) -> None:
    begins, ends = sorted((one, other))
    outage = Outage(1, P.PAGE, begins, ends)
    if excusing(TWENTY, [outage]) is not None:
        longer = Outage(1, P.PAGE, begins - timedelta(minutes=1), ends + timedelta(minutes=1))
        assert excusing(TWENTY, [longer]) is not None


@given(MOMENTS, MOMENTS)
def test_no_outage_outside_of_the_time_to_answer_excuses(one: datetime, other: datetime) -> None:
    begins, ends = sorted((one, other))
    if ends <= TWENTY.begins_at or begins >= TWENTY.due_at:
        assert excusing(TWENTY, [Outage(1, P.SERVICE, begins, ends)]) is None
