"""Courses of orders, and stocks that add up person by person: tables of what happened and what follows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models.people.residents import OrderState
from monitor.models.places import ZoneKind
from monitor.reports.courses import Change, Mode, Order, Step, course_of, step_at
from monitor.reports.places import NOWHERE, Setting, parts_of, place_of, setting_of
from monitor.reports.stocks import Event, Slip, Sum, corrections, joined, reckon

DAY0 = datetime(2026, 11, 20, 7, tzinfo=UTC)
A, B, C = "central:1_2025-07-01", "home:1_2025-07-01", "medical:-"


def at(hours: float) -> datetime:
    return DAY0 + timedelta(hours=hours)


def order(state: OrderState, *changes: Change, ended: float | None = None, zone: int = 1, ends: float = 100) -> Order:
    return Order(1, 1, zone, DAY0, at(ends), state, None if ended is None else at(ended), changes)


def became(hours: float, was: OrderState, now: OrderState) -> Change:
    return Change(at(hours), {"state": was.value}, {"state": now.value})


def moved(hours: float, was: int, now: int) -> Change:
    return Change(at(hours), {"zone_id": str(was)}, {"zone_id": str(now)})


GIVEN = Change(at(-2), {}, {"state": "active"})
ACTIVE, HOSPITAL, RELEASED, LEFT = OrderState.ACTIVE, OrderState.HOSPITALISED, OrderState.RELEASED, OrderState.LEFT
IN, WARD, OVER = Mode.IN_ZONE, Mode.IN_HOSPITAL, Mode.OVER


@pytest.mark.parametrize(
    ("given_order", "course"),
    [
        (order(ACTIVE, GIVEN), [(0, 1, IN), (100, 1, OVER)]),
        (order(RELEASED, GIVEN, became(5, ACTIVE, RELEASED), ended=5), [(0, 1, IN), (5, 1, OVER)]),
        # Brought from another system: the order alone says since when.
        (order(RELEASED, ended=5), [(0, 1, IN), (5, 1, OVER)]),
        (order(HOSPITAL, ended=5), [(0, 1, IN), (5, 1, WARD), (100, 1, OVER)]),
        # Nothing says since when: then it never held anybody.
        (order(RELEASED, GIVEN), [(0, 1, OVER)]),
        (order(ACTIVE, became(5, ACTIVE, HOSPITAL), became(9, HOSPITAL, ACTIVE)), [(0, 1, IN), (5, 1, WARD), (9, 1, IN), (100, 1, OVER)]),
        (order(ACTIVE, became(5, ACTIVE, LEFT), became(9, LEFT, ACTIVE)), [(0, 1, IN), (5, 1, OVER), (9, 1, IN), (100, 1, OVER)]),
        # A release by mistake, taken back, never was.
        (order(ACTIVE, became(5, ACTIVE, RELEASED), became(9, RELEASED, ACTIVE)), [(0, 1, IN), (100, 1, OVER)]),
        (
            order(RELEASED, became(5, ACTIVE, RELEASED), became(9, RELEASED, ACTIVE), became(11, ACTIVE, RELEASED), ended=11),
            [(0, 1, IN), (11, 1, OVER)],
        ),
        (order(ACTIVE, moved(5, 1, 2), zone=2), [(0, 1, IN), (5, 2, IN), (100, 2, OVER)]),
        # Before the beginning, it only says where.
        (order(ACTIVE, moved(-1, 1, 2), zone=2), [(0, 2, IN), (100, 2, OVER)]),
        # What happens after the end changes nothing.
        (order(RELEASED, became(200, ACTIVE, RELEASED), ended=200), [(0, 1, IN), (100, 1, OVER)]),
        (order(HOSPITAL, moved(3, 1, 2), became(4, ACTIVE, HOSPITAL), ended=4, zone=2), [(0, 1, IN), (3, 2, IN), (4, 2, WARD), (100, 2, OVER)]),
    ],
)  # fmt: skip
def test_the_course_of_an_order(given_order: Order, course: list[tuple[float, int, Mode]]) -> None:
    assert course_of(given_order) == [Step(at(hours), zone, mode) for hours, zone, mode in course]


def test_what_held_at_a_moment() -> None:
    course = course_of(order(HOSPITAL, ended=5))
    found = [step_at(course, at(hours)) for hours in (-1, 0, 4.9, 5, 100)]
    assert [each and each.mode for each in found] == [None, IN, IN, WARD, OVER]


@pytest.mark.parametrize(
    ("kind", "hospital", "setting"),
    [
        (ZoneKind.FACILITY, False, Setting.CENTRAL),
        (ZoneKind.HOME_CLUSTER, False, Setting.HOME),
        (ZoneKind.STREET_BLOCK, False, Setting.HOME),
        (ZoneKind.MEDICAL, False, Setting.MEDICAL),
        *((kind, True, Setting.MEDICAL) for kind in ZoneKind),
    ],
)
def test_the_setting_of_a_zone(kind: ZoneKind, hospital: bool, setting: Setting) -> None:
    assert setting_of(kind, in_hospital=hospital) is setting
    assert parts_of(place_of(setting, "26740_2025-07-01")) == (setting, "26740_2025-07-01")


def event(hours: float, before: str, after: str) -> Event:
    return Event(7, at(hours), before, after)


@pytest.mark.parametrize(
    ("events", "left"),
    [
        # One order ends when the next begins: nothing happened, or a move.
        ([event(1, A, NOWHERE), event(1, NOWHERE, A)], []),
        ([event(1, NOWHERE, B), event(1, A, NOWHERE)], [(A, B)]),
        ([event(1, A, NOWHERE), event(2, NOWHERE, A)], [(A, NOWHERE), (NOWHERE, A)]),
        # In no list twice: who comes again was there all along.
        ([event(1, NOWHERE, A), event(2, A, NOWHERE), event(3, NOWHERE, A)], [(NOWHERE, A)]),
        ([event(1, A, B), event(2, B, A), event(3, A, C)], [(A, C)]),
        ([event(1, A, C), event(2, C, B), event(3, B, C)], [(A, C)]),
        ([event(1, A, A)], []),
    ],
)
def test_events_that_stand_for_one_another(events: list[Event], left: list[tuple[str, str]]) -> None:
    assert [(each.before, each.after) for each in joined(events)] == left


@pytest.mark.parametrize(
    ("before", "events", "now", "slips"),
    [
        (A, [], A, []),
        (A, [event(1, A, NOWHERE)], None, []),
        (None, [event(1, NOWHERE, A)], A, []),
        (A, [event(1, A, B), event(2, B, C)], C, []),
        (None, [], A, [(NOWHERE, A)]),
        (A, [], None, [(A, NOWHERE)]),
        (A, [], B, [(A, B)]),
        # Ended where nobody had counted them.
        (None, [event(1, A, NOWHERE)], None, [(NOWHERE, A)]),
        # Elsewhere at its beginning, and at its end.
        (A, [event(1, B, C)], A, [(A, B), (C, A)]),
    ],
)
def test_who_is_not_where_they_should_be(
    before: str | None, events: list[Event], now: str | None, slips: list[tuple[str, str]]
) -> None:
    flows = reckon({7: before} if before else {}, {7: now} if now else {}, {7: events} if events else {})
    assert [(each.expected, each.found) for each in flows.slips] == slips
    assert [each.part for each in flows.slips] == list(range(1, len(slips) + 1))


PLACES = st.sampled_from([NOWHERE, A, B, C])


@given(st.lists(st.tuples(PLACES, st.lists(st.tuples(st.integers(0, 9), PLACES, PLACES), max_size=5), PLACES), max_size=6))
def test_with_its_corrections_every_place_adds_up_whatever_happened(
    people: list[tuple[str, list[tuple[int, str, str]], str]],
) -> None:
    """Of whoever slips at most once: a place that somebody slips into twice counts them once."""
    before = {number: was for number, (was, _events, _now) in enumerate(people) if was}
    now = {number: there for number, (_was, _events, there) in enumerate(people) if there}
    events = {
        number: [Event(number, at(hours), one, other) for hours, one, other in theirs]
        for number, (_was, theirs, _now) in enumerate(people)
        if theirs
    }
    flows = reckon(before, now, events)
    twice = {each.resident_id for each in flows.slips if each.part > 1}
    came, went = corrections([each for each in flows.slips if each.resident_id not in twice])

    def many(members: dict[str, set[int]], place: str) -> int:
        return len(members.get(place, set()) - twice)

    for place in (A, B, C):
        total = Sum(
            sum(was == place for number, was in before.items() if number not in twice),
            many(flows.new, place),
            many(flows.moved_in, place),
            many(flows.ended, place),
            many(flows.moved_out, place),
            many(came, place),
            many(went, place),
            sum(there == place for number, there in now.items() if number not in twice),
        )
        assert total.adds_up, (place, total, people)


def test_corrections_stand_where_people_came_and_where_they_went() -> None:
    came, went = corrections([Slip(1, 1, A, B), Slip(2, 1, NOWHERE, A), Slip(3, 1, C, NOWHERE)])
    assert (dict(came), dict(went)) == ({B: {1}, A: {2}}, {A: {1}, C: {3}})
