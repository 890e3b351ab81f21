"""What somebody is here: a table of lives, each with what is true now and what was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.models.people.residents import FStatus, OrderState
from monitor.people.roles import LabTime, OrderTime, PersonRole, StatusTime, roles_of

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
ACTIVE, RELEASED, HOSPITAL = OrderState.ACTIVE, OrderState.RELEASED, OrderState.HOSPITALISED


def day(number: float) -> datetime:
    return NOW + timedelta(days=number)


def order(starts: float, ends: float, state: OrderState = ACTIVE, ended: float | None = None) -> OrderTime:
    return OrderTime(state, day(starts), day(ends), None if ended is None else day(ended))


def open_test(planned: float, closed: float | None = None) -> LabTime:
    return LabTime(day(planned), None if closed is None else day(closed))


LIVES = [
    ("only entered", [], [], [], []),
    ("held", [order(-2, 12)], [], ["under_order"], []),
    ("to begin tomorrow", [order(1, 12)], [], ["order_to_begin"], []),
    ("until before its end", [order(-2, 0)], [], ["released"], ["under_order"]),
    ("from its beginning", [order(0, 2)], [], ["under_order"], []),
    ("released early", [order(-5, 5, RELEASED, -1)], [], ["released"], ["under_order"]),
    ("held again", [order(-30, -20, RELEASED, -20), order(-2, 12)], [], ["under_order"], ["released", "under_order"]),
    ("one order after the other", [order(-10, -2), order(-2, 5)], [], ["under_order"], ["under_order"]),
    ("in hospital", [order(-5, 5, HOSPITAL, -1)], [], ["in_hospital"], ["under_order"]),
    ("hospital longer than the order", [order(-5, -1, HOSPITAL, -2)], [], ["released"], ["in_hospital", "under_order"]),
    ("went away", [order(-5, -1, OrderState.LEFT, -2)], [], ["left"], ["under_order"]),
    ("died", [order(-5, 5, OrderState.DIED, -2), order(-1, 5)], [], ["under_order", "died"], ["under_order"]),
    ("moved", [order(-5, 5, OrderState.TRANSFERRED, -2)], [], ["moved"], ["under_order"]),
    ("ended before it began", [order(1, 5, RELEASED, -1)], [], [], []),
    ("awaits a test without an order", [], [open_test(-1)], ["awaiting_test"], []),
    ("a test under an order is no role", [order(-2, 12)], [open_test(-1)], ["under_order"], []),
    ("awaited, then held", [order(-1, 5)], [open_test(-2)], ["under_order"], ["awaiting_test"]),
    ("held, and awaits still", [order(-9, -2)], [open_test(-3)], ["released", "awaiting_test"], ["under_order"]),
    ("had its result", [], [open_test(-2, -1)], [], ["awaiting_test"]),
    ("two tests in a row are one wait", [], [open_test(-4, -2), open_test(-3)], ["awaiting_test"], []),
    ("two tests apart are two", [], [open_test(-4, -3), open_test(-1)], ["awaiting_test"], ["awaiting_test"]),
]


@pytest.mark.parametrize(("orders", "tests", "now", "earlier"), [life[1:] for life in LIVES], ids=[life[0] for life in LIVES])
def test_a_life_in_roles(orders: list[OrderTime], tests: list[LabTime], now: list[str], earlier: list[str]) -> None:
    found = roles_of(orders, tests, [], NOW)
    assert [each.role for each in found.now] == now
    assert [each.role for each in found.earlier] == earlier


def test_f_statuses_have_their_times() -> None:
    statuses = [StatusTime(FStatus.F1, day(-5), day(-1)), StatusTime(FStatus.F0, day(-1))]
    found = roles_of([order(-5, 5)], [], statuses, NOW)
    assert [(each.role, each.status) for each in found.now] == [
        (PersonRole.UNDER_ORDER, None),
        (PersonRole.HAS_STATUS, FStatus.F0),
    ]
    assert [(each.status, each.until) for each in found.earlier] == [(FStatus.F1, day(-1))]


def test_a_wait_ends_where_an_order_begins_and_goes_on_after_it() -> None:
    found = roles_of([order(-3, -2)], [open_test(-4, -1)], [], NOW)
    waits = [(each.since, each.until) for each in found.earlier if each.role is PersonRole.AWAITING_TEST]
    assert waits == [(day(-2), day(-1)), (day(-4), day(-3))]
