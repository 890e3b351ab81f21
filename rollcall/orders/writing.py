"""A person is held while something is done with their orders; which of these is meant."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.people.order_deeds import Term, holds
from monitor.problems import Conflict, NotFound
from monitor.words import N_


def hold_person(session: Session, resident_id: int) -> Resident:
    """The resident, of whom nobody else changes orders, room or zone until the end of this transaction. Raises NotFound, Conflict."""
    resident = session.scalar(
        select(Resident)
        .where(Resident.id == resident_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if resident is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    if resident.deleted_at is not None:
        raise Conflict(N_("This person’s data was deleted; nothing can be changed any more."))
    return resident


def term_of(order: QuarantineOrder) -> Term:
    """An order as decisions take it."""
    return Term(order.state, order.starts_at, order.ends_at)


def orders_of(session: Session, resident_id: int) -> list[QuarantineOrder]:
    """All orders of a person, as they are now, the newest first."""
    query = select(QuarantineOrder).where(QuarantineOrder.resident_id == resident_id)
    newest_first = query.order_by(QuarantineOrder.starts_at.desc(), QuarantineOrder.id.desc())
    return list(session.scalars(newest_first.execution_options(populate_existing=True)))


def current_order(orders: list[QuarantineOrder], now: datetime) -> QuarantineOrder | None:
    """Of a person's orders, newest first, the one that somebody would act on: what holds now, what comes next, what was last."""
    held = [each for each in orders if holds(term_of(each))]
    begun = [each for each in held if each.starts_at <= now < each.ends_at]
    coming = [each for each in held if each.starts_at > now]
    return next(iter((*begun, *reversed(coming), *held, *orders)), None)
