"""Many are taken in by a zone: beds one after the other, families, set times, and who gets which room; tables."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.enrolment.beds import RoomWithBeds
from monitor.models.people.moves import Transfer
from monitor.models.people.residents import OrderState, QuarantineOrder, Resident
from monitor.models.places import RoomKind, Together
from monitor.places.together import Newcomer, RoomNow, rooms_for_all
from monitor.problems import BadInput, Conflict
from rollcall.orders.beds_on_paper import BedsOnPaper
from rollcall.orders.many_transfers import Coming, Welcome, judge_coming
from rollcall.orders.transfers import check_due

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TODAY = date(2026, 11, 23)


def test_a_bed_that_one_leaves_is_the_next_ones_and_a_full_room_is_said() -> None:
    beds = BedsOnPaper([RoomWithBeds(1, "101", 1, 1), RoomWithBeds(2, "102", 1, 0)], crowded=False)
    with pytest.raises(Conflict, match="no free bed"):
        beds.take("101")
    assert beds.take(" 102 ", leaves=1).id == 2
    assert beds.take("101").id == 1
    for name, leaves, wrong in (("", None, "No room was written"), ("x", None, "no open room"), ("101", 1, "already")):
        with pytest.raises(Conflict, match=wrong):
            beds.take(name, leaves)
    assert BedsOnPaper([RoomWithBeds(1, "101", 1, 1)], crowded=True).take("101").id == 1


@pytest.mark.parametrize(
    ("due", "wrong"), [(0, "already past"), (-1, "already past"), (12, "ends before"), (13, "ends before"), (11, "")]
)
def test_people_are_taken_in_later_than_now_and_while_their_order_holds(due: int, wrong: str) -> None:
    if not wrong:
        check_due(NOW + due * DAY, NOW + 12 * DAY, NOW)
        return
    with pytest.raises(BadInput, match=wrong):
        check_due(NOW + due * DAY, NOW + 12 * DAY, NOW)


def coming(number: int, mates: frozenset[int] = frozenset(), state: OrderState = OrderState.ACTIVE, ends: int = 9) -> Coming:
    order = QuarantineOrder(state=state, starts_at=NOW - DAY, ends_at=NOW + ends * DAY)
    return Coming(Transfer(id=number), Resident(id=number), order, "Khu A", mates)


@pytest.mark.parametrize(
    ("people", "welcome", "refused"),
    [
        ([coming(1), coming(2)], Welcome({1: "101", 2: "101"}), ["", ""]),
        ([coming(1), coming(2), coming(3)], Welcome({1: "101", 2: "101", 3: "101"}), ["", "", "no free bed"]),
        ([coming(1), coming(2)], Welcome({2: "101"}), ["No room was written", ""]),
        # A family that comes as a whole keeps its phone; who leaves others says so.
        ([coming(1, frozenset({2})), coming(2, frozenset({1}))], Welcome({1: "101", 2: "101"}), ["", ""]),
        ([coming(1, frozenset({7}))], Welcome({1: "101"}), ["Others stay behind"]),
        ([coming(1, frozenset({7}))], Welcome({1: "101"}, together=True), [""]),
        ([coming(1, state=OrderState.HOSPITALISED)], Welcome({1: "101"}), ["in hospital"]),
        ([coming(1, ends=2), coming(2)], Welcome({1: "101", 2: "101"}, due_at=NOW + 3 * DAY), ["ends before", ""]),
    ],
)
def test_who_could_be_taken_in_as_things_stand(people: list[Coming], welcome: Welcome, refused: list[str]) -> None:
    decided = judge_coming(people, welcome, BedsOnPaper([RoomWithBeds(5, "101", 2, 0)], crowded=False), NOW)
    assert [each.coming for each in decided] == people
    for each, wrong in zip(decided, refused, strict=True):
        assert (each.refused is not None and wrong in each.refused.template) if wrong else each.refused is None


def test_rooms_are_proposed_for_all_as_if_those_before_were_there_already() -> None:
    rooms = [RoomNow(number, name, RoomKind.ROOM, 2, frozenset({Together.SEX})) for number, name in ((1, "101"), (2, "102"))]
    family, man, woman = Newcomer(7, TODAY), Newcomer(None, TODAY, "male"), Newcomer(None, TODAY, "female")
    found = rooms_for_all([man, family, woman, family, man], rooms)
    assert [room.name if room else None for room in found] == ["102", "101", None, "101", "102"]
    small = [*rooms, RoomNow(3, "100", RoomKind.ROOM, 1, frozenset())]
    assert [room.name if room else None for room in rooms_for_all([family, family, man], small)] == ["101", "101", "100"]
