"""What somebody is here, and was: one person with roles and their times, read from orders, tests and F-statuses. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.models.people.residents import FStatus, OrderState


class PersonRole(StrEnum):
    """What somebody is at a time. Several hold at once: under an order, and awaiting a test's result."""

    ORDER_TO_BEGIN = "order_to_begin"
    UNDER_ORDER = "under_order"
    IN_HOSPITAL = "in_hospital"
    LEFT = "left"
    RELEASED = "released"
    MOVED = "moved"
    DIED = "died"
    AWAITING_TEST = "awaiting_test"
    """A test is open, and no order holds them: nobody may hold them for it, and everybody should know."""
    HAS_STATUS = "has_status"
    """An F-status."""


@dataclass(frozen=True)
class OrderTime:
    """An order. ended_at: when it left the state `active` before its end."""

    state: OrderState
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None


@dataclass(frozen=True)
class LabTime:
    """A test. closed_at: when its result came or it was cancelled; None: it is open."""

    planned_at: datetime
    closed_at: datetime | None = None


@dataclass(frozen=True)
class StatusTime:
    """An F-status. until: None while it holds."""

    status: FStatus
    since: datetime
    until: datetime | None = None


@dataclass(frozen=True)
class RolePeriod:
    """until: the first moment at which it holds no more; None: nothing is known that ends it."""

    role: PersonRole
    since: datetime
    until: datetime | None = None
    status: FStatus | None = None

    def at(self, moment: datetime) -> bool:
        """Whether it holds."""
        return self.since <= moment and (self.until is None or moment < self.until)


@dataclass(frozen=True)
class Roles:
    """now: those that hold. earlier: those that ended, the newest first. Who has none was entered, and nothing else is known."""

    now: tuple[RolePeriod, ...]
    earlier: tuple[RolePeriod, ...]


_AFTER = {
    OrderState.RELEASED: PersonRole.RELEASED,
    OrderState.TRANSFERRED: PersonRole.MOVED,
    OrderState.HOSPITALISED: PersonRole.IN_HOSPITAL,
    OrderState.LEFT: PersonRole.LEFT,
    OrderState.DIED: PersonRole.DIED,
}


def roles_of(orders: Iterable[OrderTime], tests: Iterable[LabTime], statuses: Iterable[StatusTime], at: datetime) -> Roles:
    """All roles of a person as they are known at this moment, orders that are still to begin among them."""
    known = sorted(orders, key=lambda order: (order.starts_at, order.ends_at))
    held = [_held(order) for order in known]
    periods = [
        *(period for period in held if period.until is None or period.until > period.since),
        *_after(known, held, at),
        *_awaiting(tests, held, at),
        *(RolePeriod(PersonRole.HAS_STATUS, each.since, each.until, each.status) for each in statuses),
    ]
    to_begin = (
        RolePeriod(PersonRole.ORDER_TO_BEGIN, at, period.since)
        for order, period in zip(known, held, strict=True)
        if order.state is OrderState.ACTIVE and period.since > at
    )
    now = [period for period in periods if period.at(at)]
    gone = [period for period in periods if period.until is not None and period.until <= at]
    return Roles(
        (*sorted(now, key=_rank), *to_begin),
        tuple(sorted(gone, key=lambda period: (period.until or at, period.since), reverse=True)),
    )


def _held(order: OrderTime) -> RolePeriod:
    # An order that ended late, after its time, held nobody longer than it says.
    until = min(order.ends_at, order.ended_at) if order.ended_at is not None else order.ends_at
    return RolePeriod(PersonRole.UNDER_ORDER, order.starts_at, max(until, order.starts_at))


def _after(orders: list[OrderTime], held: list[RolePeriod], at: datetime) -> Iterator[RolePeriod]:
    """What somebody is after an order, until the next one holds them."""
    for order, period in zip(orders, held, strict=True):
        since = period.until
        assert since is not None
        if order.state is OrderState.ACTIVE and order.ends_at > at:
            continue
        role = _AFTER.get(order.state, PersonRole.RELEASED)
        following = [each.since for each in held if each is not period and each.until is not None and each.until > since]
        until = max(min(following), since) if following and role is not PersonRole.DIED else None
        if role is PersonRole.IN_HOSPITAL and order.ends_at > since and (until is None or order.ends_at < until):
            # The order runs on while somebody is in hospital; with its end they are free.
            yield RolePeriod(role, since, order.ends_at)
            role, since = PersonRole.RELEASED, order.ends_at
        if until is None or until > since:
            yield RolePeriod(role, since, until)


def _awaiting(tests: Iterable[LabTime], held: list[RolePeriod], at: datetime) -> Iterator[RolePeriod]:
    """The times in which a test was open and no order held them, those that touch each other as one."""
    times: list[tuple[datetime, datetime | None]] = []
    for test in sorted(tests, key=lambda test: test.planned_at):
        last = times[-1] if times else None
        if last is not None and (last[1] is None or test.planned_at <= last[1]):
            ends = None if last[1] is None or test.closed_at is None else max(last[1], test.closed_at)
            times[-1] = last[0], ends
        else:
            times.append((test.planned_at, test.closed_at))
    for since, until in times:
        begins = since
        for period in sorted(held, key=lambda each: each.since):
            ends = period.until or at
            if ends <= begins or (until is not None and period.since >= until):
                continue
            if period.since > begins:
                yield RolePeriod(PersonRole.AWAITING_TEST, begins, period.since)
            begins = ends
        if until is None or until > begins:
            yield RolePeriod(PersonRole.AWAITING_TEST, begins, until)


def _rank(period: RolePeriod) -> tuple[int, datetime]:
    return list(PersonRole).index(period.role), period.since
