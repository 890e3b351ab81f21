"""Who is in quarantine at a cut-off, and who came, went and moved since the one before: read from orders and what changed of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, or_, select
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.models.people.residents import OrderChange, OrderState, QuarantineOrder
from monitor.reports.courses import Change, Order, course_of, step_at
from monitor.reports.places import NOWHERE, Place
from monitor.reports.stocks import Event
from rollcall.reporting.zones_of_report import Zones

AT_ONCE = 5000


def people_at(session: Session, zones: Zones, at: datetime) -> dict[int, Place]:
    """Person -> where, of all who are in quarantine at a moment that has come.

    Most orders are as they were then, and the database says so; those that changed since are followed back one by one.
    """
    order = QuarantineOrder
    changed = select(OrderChange.order_id).where(OrderChange.at > at)
    in_hospital = and_(order.state == OrderState.HOSPITALISED, or_(order.ended_at.is_(None), order.ended_at <= at))
    held = or_(order.state.in_((OrderState.ACTIVE, OrderState.HOSPITALISED)), order.ended_at > at)
    rows = session.execute(
        select(order.resident_id, order.zone_id, case((in_hospital, 1), else_=0))
        .where(order.starts_at <= at, order.ends_at > at, held, order.id.not_in(changed))
        .order_by(order.id)
        .execution_options(yield_per=AT_ONCE)
    )
    places = {
        (zone_id, hospital): zones.place(zone_id, in_hospital=bool(hospital)) for zone_id in zones.by_id for hospital in (0, 1)
    }
    found: dict[int, Place] = {resident_id: places[zone_id, hospital] for resident_id, zone_id, hospital in rows}
    for each in orders_where(session, order.id.in_(changed)):
        step = step_at(course_of(each), at)
        place = zones.place_at(step) if step else NOWHERE
        if place != NOWHERE:
            found[each.resident_id] = place
    return found


def events_between(session: Session, zones: Zones, since: datetime, until: datetime) -> dict[int, list[Event]]:
    """Person -> what happened to them after one moment and until another, in no order."""
    order = QuarantineOrder
    found: dict[int, list[Event]] = defaultdict(list)
    touched = or_(
        *(and_(moment > since, moment <= until) for moment in (order.starts_at, order.ends_at, order.ended_at)),
        order.id.in_(select(OrderChange.order_id).where(OrderChange.at > since, OrderChange.at <= until)),
    )
    for each in orders_where(session, touched):
        before = NOWHERE
        for step in course_of(each):
            after = zones.place_at(step)
            if since < step.at <= until and before != after:
                found[each.resident_id].append(Event(each.resident_id, step.at, before, after))
            before = after
    return dict(found)


def orders_where(session: Session, condition: ColumnElement[bool]) -> Iterator[Order]:
    """Orders with all their changes, some thousand at a time."""
    ids = session.scalars(select(QuarantineOrder.id).where(condition).order_by(QuarantineOrder.id)).all()
    for start in range(0, len(ids), AT_ONCE):
        yield from _orders(session, ids[start : start + AT_ONCE])


def _orders(session: Session, ids: Sequence[int]) -> Iterator[Order]:
    order, change = QuarantineOrder, OrderChange
    changes: dict[int, list[Change]] = defaultdict(list)
    rows: Any = session.execute(
        select(change.order_id, change.at, change.before, change.after)
        .where(one_of(change.order_id, ids))
        .order_by(change.at, change.id)
    )
    for order_id, at, before, after in rows:
        changes[order_id].append(Change(at, before, after))
    rows = session.execute(
        select(order.id, order.resident_id, order.zone_id, order.starts_at, order.ends_at, order.state, order.ended_at)
        .where(one_of(order.id, ids))
        .order_by(order.id)
    )
    for row in rows:
        order_id, resident_id, zone_id, starts_at, ends_at, state, ended_at = row
        known = tuple(changes[order_id])
        yield Order(order_id, resident_id, zone_id, starts_at, ends_at, state, ended_at, known)


def ever_until(session: Session, zones: Zones, until: datetime) -> dict[Place, set[int]]:
    """Place -> everybody who was ever there, as far as orders and their changes tell: asked once, for the first report."""
    order, change = QuarantineOrder, OrderChange
    found: dict[Place, set[int]] = defaultdict(set)
    rows = session.execute(
        select(order.resident_id, order.zone_id, order.state == OrderState.HOSPITALISED)
        .where(order.starts_at <= until)
        .execution_options(yield_per=AT_ONCE)
    )
    for resident_id, zone_id, hospital in rows:
        found[zones.place(zone_id, in_hospital=False)].add(resident_id)
        if hospital:
            found[zones.place(zone_id, in_hospital=True)].add(resident_id)
    moved: Any = session.execute(
        select(change.resident_id, change.zone_id, change.before, change.after)
        .where(change.at <= until)
        .execution_options(yield_per=AT_ONCE)
    )
    for resident_id, zone_id, before, after in moved:
        if before.get("zone_id", "").isdecimal() and int(before["zone_id"]) in zones.by_id:
            found[zones.place(int(before["zone_id"]), in_hospital=False)].add(resident_id)
        if after.get("state") == OrderState.HOSPITALISED and zone_id in zones.by_id:
            found[zones.place(zone_id, in_hospital=True)].add(resident_id)
    return found
