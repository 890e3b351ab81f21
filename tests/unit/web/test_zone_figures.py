"""Which zone needs somebody first: danger before what is late, before what is new, before who is missing, before cameras."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.models.cameras.cameras import CameraState
from monitor.models.people.residents import PresenceState
from monitor.models.places import Zone
from monitor.models.rollcalls.rounds import CheckInState
from web.console.places.overview import Filling, filling
from web.console.places.zone_figures import Waiting, ZoneFigures, by_need
from web.console.rollcalls.rounds import Round

AT = datetime(2026, 11, 30, tzinfo=UTC)


def figures(name: str, waiting: Waiting | None = None, absent: int = 0, unseen: int = 0, offline: int = 0) -> ZoneFigures:
    one = ZoneFigures(Zone(name=name), waiting=waiting or Waiting())
    one.presence[PresenceState.ABSENT], one.presence[PresenceState.NOT_SEEN] = absent, unseen
    one.cameras = {CameraState.ONLINE: 3, CameraState.OFFLINE: offline}
    return one


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (figures("Z", Waiting(danger=1)), figures("A", Waiting(late=9, new=9, taken=9), absent=9)),
        (figures("Z", Waiting(danger=2)), figures("A", Waiting(danger=1, late=5))),
        (figures("Z", Waiting(late=1)), figures("A", Waiting(new=9))),
        (figures("Z", Waiting(new=1)), figures("A", absent=9)),
        (figures("Z", absent=1), figures("A", unseen=9)),
        (figures("Z", unseen=1), figures("A", offline=9)),
        (figures("Z", offline=1), figures("A", Waiting(taken=9))),
        (figures("Z", Waiting(taken=1)), figures("A")),
        (figures("A"), figures("Z")),
    ],
)
def test_the_zone_that_needs_somebody_most_stands_first(more: ZoneFigures, less: ZoneFigures) -> None:
    assert by_need([less, more]) == [more, less]


def test_a_round_as_it_fills_is_the_sum_of_what_is_open() -> None:
    counts = [{CheckInState.PROMPTED: 3, CheckInState.VERIFIED: 2}, {CheckInState.SCHEDULED: 1, CheckInState.MISSED: 4}]
    rounds = [Round(number, 1, "A", "UTC", "p", AT, AT, True, each) for number, each in enumerate(counts)]
    assert filling(rounds) == Filling(2, 6, 10)
    assert [each.answered for each in rounds] == [2, 0]
