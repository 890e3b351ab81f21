"""Who was in which room then, when two were in one together, and who may have come in when a line was passed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.contacts.known.lines import Passed, may_have_been
from monitor.contacts.known.spans import InRoom, RoomChange, Together, rooms_over_time, shared

DAY = datetime(2021, 7, 1, tzinfo=UTC)


def day(number: float) -> datetime:
    return DAY + timedelta(days=number)


@pytest.mark.parametrize(
    ("changes", "now", "since", "came", "wanted"),
    [
        ([], 1, day(2), day(0), [InRoom(1, day(2), None)]),
        ([], 1, None, day(0), [InRoom(1, day(0), None)]),
        ([], 1, None, None, [InRoom(1, None, None)]),
        ([], None, None, day(0), []),
        ([(3, 1, 2)], 2, day(3), day(0), [InRoom(1, day(0), day(3)), InRoom(2, day(3), None)]),
        (
            [(5, 2, 1), (3, 1, 2)],
            1,
            day(5),
            day(0),
            [InRoom(1, day(0), day(3)), InRoom(2, day(3), day(5)), InRoom(1, day(5), None)],
        ),
        ([(3, 1, None)], None, day(3), day(0), [InRoom(1, day(0), day(3))]),
        ([(3, 1, 2)], 4, day(6), day(0), [InRoom(1, day(0), day(3)), InRoom(2, day(3), day(6)), InRoom(4, day(6), None)]),
    ],
    ids=[
        "known since",
        "since they came",
        "nobody knows since when",
        "no room",
        "moved",
        "moved there and back",
        "left",
        "moved unseen",
    ],
)
def test_rooms_follow_one_another(
    changes: list[tuple[int, int | None, int | None]],
    now: int | None,
    since: datetime | None,
    came: datetime | None,
    wanted: list[InRoom],
) -> None:
    moved = [RoomChange(day(at), before, after) for at, before, after in changes]
    assert rooms_over_time(moved, now, since, came) == wanted


def test_two_were_together_only_while_both_were_there() -> None:
    mine, theirs = [InRoom(1, day(0), day(3)), InRoom(2, day(3), None)], [InRoom(1, day(2), day(9)), InRoom(3, day(9), None)]
    assert shared(mine, theirs, day(-5), day(20)) == [Together(1, day(2), day(3), True)]
    assert shared(mine, theirs, day(2.5), day(20)) == [Together(1, day(2.5), day(3), True)]
    assert shared(mine, theirs, day(4), day(20)) == []


def test_of_whom_nobody_knows_since_when_it_is_not_sure() -> None:
    (found,) = shared([InRoom(1, None, None)], [InRoom(1, day(0), None)], day(1), day(2))
    assert found == Together(1, day(1), day(2), False)


def test_a_passed_line_makes_possible_who_belongs_there_and_answered_that_day() -> None:
    passed = [Passed(1, day(1)), Passed(1, day(1.1)), Passed(1, day(8)), Passed(2, day(1))]
    mine = [InRoom(1, day(0), day(5))]
    belongs = {7: [InRoom(1, day(0), day(2))], 8: [InRoom(1, day(0), None)], 9: [InRoom(2, day(0), None)]}
    answered = {7: [day(1.2)], 9: [day(1)]}
    # 8 never answered, 9 belongs elsewhere; on day 8 the case was gone; twice on a day is once.
    assert may_have_been(passed, mine, belongs, answered) == [(7, Passed(1, day(1)))]
